import { freePort } from './processes/ports.ts'

/** Where people expect them. */
export const USUAL_PORTS = {
  PostgreSQL: 5433,
  Temporal: 7233,
  'the Web UI': 8233,
  'the sandbox': 4600,
  'the API': 3000,
  'the operator listener': 3001,
} as const

export type Ports = Record<keyof typeof USUAL_PORTS, number>

/** The usual ports, and other free ones where they are taken; no port twice. */
export async function choosePorts(usual: Ports = USUAL_PORTS): Promise<Ports> {
  const chosen: Ports = { ...usual }
  const given = new Set<number>()
  for (const name of portNames) {
    let port = await freePort(usual[name])
    while (given.has(port)) port = await freePort(0)
    given.add(port)
    chosen[name] = port
  }
  return chosen
}

/** What a person has to know who expects the usual ones; nothing if they are. */
export const tellOtherPorts = (ports: Ports, usual: Ports = USUAL_PORTS): string[] =>
  portNames
    .filter((name) => ports[name] !== usual[name])
    .map((name) => `port ${usual[name]} is taken: ${name} uses ${ports[name]}`)

const portNames = [
  'PostgreSQL',
  'Temporal',
  'the Web UI',
  'the sandbox',
  'the API',
  'the operator listener',
] as const
