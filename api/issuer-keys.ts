import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'

import { RequestProblem } from './problems.ts'

const SECRETS = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth']
const key = z.looseObject({ kty: z.string() })
// A rotation needs two or three; an issuer of many tenants has some twenty.
const keySet = z.object({ keys: z.array(key).max(100) })

type Key = z.infer<typeof key>

const isOurs = ({ kty }: Key): boolean => ['EC', 'OKP', 'RSA'].includes(kty)
const isSecret = (given: Key): boolean => given.kty === 'oct' || SECRETS.some((secret) => secret in given)

/** Public keys of the kinds that are accepted; null where there is none, or one that should never have been shown. */
export function publicKeys(given: unknown): JSONWebKeySet | null {
  const parsed = keySet.safeParse(given)
  if (!parsed.success || parsed.data.keys.some(isSecret)) return null
  const keys = parsed.data.keys.filter(isOurs)
  return keys.length > 0 ? { keys } : null
}

export type Pace = {
  /** Keys of this age are fetched again while those that are known still serve. */
  renewMs: number
  /** Nobody is let in by older ones: a key that was withdrawn is refused within this time, if the issuer can be asked. */
  oldestMs: number
  /** After each try, whatever came of it: unknown key ids may be made up a thousand a second. */
  cooldownMs: number
  /** How long known keys go on while the issuer cannot be asked: a night. */
  awayMs: number
}

const PACE: Pace = { renewMs: 300_000, oldestMs: 600_000, cooldownMs: 10_000, awayMs: 12 * 3_600_000 }

type Known = { find: JWTVerifyGetKey; at: number }

/**
 * The issuer's keys as it serves them now: one that is new is fetched when the first token names it, one that was taken
 * away is forgotten in minutes. While the issuer cannot be asked, the keys that are known go on.
 */
export function createIssuerKeys(
  fetchKeys: () => Promise<unknown>,
  { now = () => performance.now(), ...changes }: Partial<Pace> & { now?: () => number } = {},
): JWTVerifyGetKey {
  const pace = { ...PACE, ...changes }
  let known: Known | null = null
  let triedAt = -Infinity
  let isAway = false
  let fetching: Promise<void> | null = null

  /** Never rejects: what came of it is in `known` and `isAway`. However many ask at once, the issuer is asked once. */
  const renew = (): Promise<void> =>
    (fetching ??= fetchKeys()
      .then(take)
      .catch(() => void (isAway = true))
      .finally(() => {
        triedAt = now()
        fetching = null
      }))

  function take(given: unknown): void {
    const keys = publicKeys(given)
    isAway = keys === null
    if (keys) known = { find: createLocalJWKSet(keys), at: now() }
  }

  const mayTry = (): boolean => now() - triedAt >= pace.cooldownMs
  const isOlderThan = (ms: number): boolean => known === null || now() - known.at >= ms

  async function fresh(): Promise<void> {
    const nobodyTried = now() - triedAt >= pace.oldestMs
    const hasNone = isOlderThan(pace.awayMs)
    if ((isOlderThan(pace.oldestMs) && nobodyTried) || (hasNone && mayTry())) await renew()
    else if (isOlderThan(pace.renewMs) && mayTry()) void renew()
    if (hasNone && fetching) await fetching
    if (isOlderThan(pace.awayMs)) throw new RequestProblem('IssuerUnavailable')
  }

  /** An id that is not known may be that of a new key; while nobody can ask, nothing is said against the token. */
  async function renewed(error: unknown): Promise<void> {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
    if (mayTry()) await renew()
    else if (fetching) await fetching
    if (isAway) throw new RequestProblem('IssuerUnavailable')
  }

  return async (header, token) => {
    await fresh()
    try {
      return await known!.find(header, token)
    } catch (error) {
      await renewed(error)
      return known!.find(header, token)
    }
  }
}
