import { Pool } from 'undici'

import type { Call, Chain } from '../sandbox/call-log.ts'
import type { IssuedTokens } from '../sandbox/consents.ts'
import { institutionsUpTo } from '../sandbox/institutions.ts'
import type { SandboxInstitution } from '../sandbox/server.ts'
import { BANK_APIS, type Latency } from './latencies.ts'

/** The outside world as the benchmark sets it, through the sandbox's control routes. */
export function createInstitutionsControl(url: string) {
  const pool = new Pool(url, { connections: 8 })

  async function ask<T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<T> {
    const response = await pool.request({
      method,
      path: `/_sandbox${path}`,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const answer = (await response.body.json()) as T
    if (response.statusCode !== 200) throw new Error(`the sandbox refused ${path}: ${JSON.stringify(answer)}`)
    return answer
  }

  const list = (count: number): SandboxInstitution[] =>
    institutionsUpTo(count).map(({ institutionId, industry, name }) => ({
      institutionId,
      industry,
      name,
      baseUrl: `${url}/${institutionId}`,
    }))

  /** Every call of these institutions takes as long as was drawn for this place, whoever makes it. */
  async function behave(institutionIds: readonly string[], latency: Latency, place: string): Promise<void> {
    await Promise.all(
      institutionIds.flatMap((institutionId) =>
        BANK_APIS.map((api) =>
          ask('POST', '/behaviour', {
            institutionId,
            api,
            latencyMs: latency.drawMs(place, institutionId, api),
          }),
        ),
      ),
    )
  }

  return {
    list,
    idsUpTo: (count: number): string[] => list(count).map(({ institutionId }) => institutionId),
    behave,
    /** All take the same, without drawing. */
    behaveAll: async (latencyMs: number): Promise<void> => {
      await ask('POST', '/behaviour/reset', {})
      if (latencyMs > 0) await ask('POST', '/behaviour', { institutionId: '*', latencyMs })
    },
    /** All of them as this profile has it, beneath the rules of single ones. */
    play: (name: string): Promise<unknown> => ask('PUT', '/profile', { name }),
    /** Every call of this one takes so long, until all behave again. */
    slowDown: (institutionId: string, latencyMs: number): Promise<unknown> =>
      ask('POST', '/behaviour', { institutionId, latencyMs }),
    /** Every call of this one fails, until all behave again. */
    breakDown: (institutionId: string): Promise<unknown> =>
      ask('POST', '/behaviour', { institutionId, status: { http: 500 } }),
    /** Every call that it has had since, as it saw them. */
    calls: (institutionId: string, since: number): Promise<Call[]> =>
      ask('GET', `/calls?institutionId=${institutionId}&since=${since}`),
    consents: (person: string, institutionIds: readonly string[]): Promise<IssuedTokens[]> =>
      ask('POST', '/consents', { person, institutionIds }),
    /** So many new rows at each of these institutions. */
    addRows: async (person: string, institutionIds: readonly string[], count: number): Promise<void> => {
      await Promise.all(
        institutionIds.map((institutionId) => ask('POST', '/transactions', { person, institutionId, count })),
      )
    },
    chains: (person: string, since: number): Promise<Chain[]> =>
      ask('GET', `/chains?person=${encodeURIComponent(person)}&since=${since}`),
    violations: (): Promise<{ total?: number } & Record<string, unknown>> => ask('GET', '/violations'),
    close: () => pool.close(),
  }
}

export type InstitutionsControl = ReturnType<typeof createInstitutionsControl>
