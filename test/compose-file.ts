import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { parse } from 'yaml'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8')

type Condition = 'service_healthy' | 'service_completed_successfully' | 'service_started'

export type Service = {
  image: string
  build?: unknown
  command?: string[]
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  networks?: string[]
  depends_on?: Record<string, { condition: Condition }>
  healthcheck?: { test: string[] }
  profiles?: string[]
  restart?: string
  read_only?: boolean
  cap_drop?: string[]
  cap_add?: string[]
  security_opt?: string[]
  stop_grace_period?: string
  logging?: { options?: Record<string, string> }
}

export type Compose = {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean } | null>
  volumes: Record<string, unknown>
  configs: Record<string, { file: string }>
}

/** docker-compose.yml with its anchors and merges resolved, and its variables not yet. */
export const readCompose = (): Compose => parse(read('docker-compose.yml'), { merge: true }) as Compose

/** `${NAME}`, `${NAME:-default}` and `${NAME:?sentence}`: the forms that we use. `$$` would be a dollar. */
const VARIABLE = /\$\{(?<name>[A-Z_]+)(?::(?<kind>[-?])(?<rest>[^}]*))?\}/g

export type Variable = { name: string; isRequired: boolean; fallback: string | null; sentence: string }

/** Every variable that a text asks for. */
export function variablesIn(text: string): Variable[] {
  return [...text.matchAll(VARIABLE)].map(({ groups }) => {
    const { name, kind, rest = '' } = groups as { name: string; kind?: string; rest?: string }
    return {
      name,
      isRequired: kind === '?',
      fallback: kind === '-' ? rest : null,
      sentence: kind === '?' ? rest : '',
    }
  })
}

/** What a container is told, once the variables have these values; throws the sentence of one that is missing. */
export function interpolate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(VARIABLE, (_whole, name: string, kind: string | undefined, rest = '') => {
    const value = values[name] ?? ''
    if (value !== '') return value
    if (kind === '?') throw new Error(`${name}: ${rest}`)
    return kind === '-' ? rest : ''
  })
}

/** The lines of a .env file as they stand, quotes and all. */
export const readEnv = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]))

/** '20s', '1m30s', '100ms' in milliseconds. */
export function durationMs(text: string): number {
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }
  return [...text.matchAll(/(\d+)(ms|[hms])/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * units[unit!]!,
    0,
  )
}
