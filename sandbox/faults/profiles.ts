import type { Latency } from './latency.ts'
import type { Behaviour } from './rule.ts'

/** How all institutions are, beneath the rules of single ones. Its first rule with an outcome that strikes decides. */
export type Profile = { name: string; says: string; rules: readonly Behaviour[] }

const ALL = { institutionId: '*' } as const

/** Average answer times of British banks, as published in 2025 (Open Banking Limited and the banks themselves). */
export const UK_MEANS_MS = [211, 260, 338, 331, 387, 463, 504, 552, 604, 632, 738, 1008]
const ukLatency: Latency = {
  means: UK_MEANS_MS,
  sigma: 0.5,
  slow: { share: 0.01, p50: 4000, sigma: 0.6 },
}

export const CALM: Profile = { name: 'calm', says: 'every institution answers at once and well', rules: [] }

const profiles = {
  calm: CALM,
  realistic: {
    name: 'realistic',
    says: 'as British banks were in 2025: 0.61 % of calls fail, 0.2 % hang, 1 % are slow, each is down 0.78 % of hours',
    rules: [
      // An institution-night in thirty: 99.22 % availability leaves no room for every night.
      {
        ...ALL,
        from: '01:00',
        until: '05:00',
        probability: 1 / 30,
        drawnEverySeconds: 86_400,
        status: { http: 503, rspCode: '50008', retryAfter: { untilEnd: true } },
      },
      { ...ALL, probability: 0.0078, drawnEverySeconds: 3600, status: { http: 503, rspCode: '50001' } },
      { ...ALL, over: { calls: 10, perSeconds: 1 }, status: { http: 429, retryAfter: 1 } },
      { ...ALL, probability: 0.002, hang: true },
      // 0.61 % together: two thirds say so, one third breaks off.
      { ...ALL, probability: 0.0041, status: { http: 500, rspCode: '50001' } },
      { ...ALL, probability: 0.002, mangle: 'reset-first' },
      { ...ALL, latencyMs: ukLatency },
    ],
  },
  storm: {
    name: 'storm',
    says: '30 % of institutions are down for ten minutes, 20 % flap, one call in twenty gets 429, all are slow',
    rules: [
      { ...ALL, share: 0.3, group: 'down', forSeconds: 600, probability: 0.5, mangle: 'reset-first' },
      { ...ALL, share: 0.3, group: 'down', forSeconds: 600, status: { http: 503, rspCode: '50001' } },
      {
        ...ALL,
        share: 0.2,
        group: 'flapping',
        probability: 0.5,
        drawnEverySeconds: 15,
        status: { http: 500, rspCode: '50001' },
      },
      { ...ALL, probability: 0.05, status: { http: 429, retryAfter: 2 } },
      { ...ALL, latencyMs: { ...ukLatency, times: 2 } },
    ],
  },
} satisfies Record<string, Profile>

const OUTAGE = 'outage:'

/** The profile of a name; undefined: there is none. */
export function profileOf(name: string, institutionIds: readonly string[]): Profile | undefined {
  const down = name.startsWith(OUTAGE) ? name.slice(OUTAGE.length) : undefined
  if (down !== undefined) return institutionIds.includes(down) ? outageOf(down) : undefined
  return Object.values<Profile>(profiles).find((profile) => profile.name === name)
}

/** Every name there is, with what it means. */
export function profileNames(): Record<string, string> {
  const said = Object.values<Profile>(profiles).map(({ name, says }) => [name, says])
  return {
    ...Object.fromEntries(said),
    'outage:<institutionId>': 'this institution is down until told otherwise',
  }
}

/** As an outage looks from outside: half of the calls break off, half are told. */
function outageOf(institutionId: string): Profile {
  return {
    name: `${OUTAGE}${institutionId}`,
    says: `${institutionId} is down`,
    rules: [
      { institutionId, probability: 0.5, mangle: 'reset-first' },
      { institutionId, status: { http: 503, rspCode: '50001' } },
    ],
  }
}
