/**
 * What the fleet may still spend on quick retries of one institution. Every tenth first try earns one, so that retries
 * never become the load that keeps an institution down. Whole tenths, and epoch milliseconds of the database's clock.
 */
export type RetryAllowance = { tenths: number; /** When the floor was last counted. */ countedAt: number }

/** The numbers of the rule; tests and small machines scale the time. */
export const RETRY_RULES = {
  /** A first try earns a tenth of a retry. */
  earned: 1,
  /** A long calm is not saved up for one storm: twenty retries at most. */
  most: 200,
  /** Whoever is hardly ever read may be retried, too: up to two, one in thirty seconds. */
  floor: 20,
  floorEveryMs: 30_000,
}

const RETRY = 10

type RetryRules = typeof RETRY_RULES

export const newRetryAllowance = (now: number, rules: RetryRules = RETRY_RULES): RetryAllowance => ({
  tenths: rules.floor,
  countedAt: now,
})

/** A first try begins (and a round's first: what waited has earned it anew). */
export function earnRetries(
  allowance: RetryAllowance,
  firstTries: number,
  now: number,
  rules: RetryRules = RETRY_RULES,
): RetryAllowance {
  const { tenths, countedAt } = risen(allowance, now, rules)
  return { tenths: Math.min(rules.most, tenths + firstTries * rules.earned), countedAt }
}

/** Takes one, if there is one. If not, the failure waits for later as if its quick tries were used up. */
export function drawRetry(
  allowance: RetryAllowance,
  now: number,
  rules: RetryRules = RETRY_RULES,
): { allowance: RetryAllowance; isGranted: boolean } {
  const left = risen(allowance, now, rules)
  if (left.tenths < RETRY) return { allowance: left, isGranted: false }
  return { allowance: { ...left, tenths: left.tenths - RETRY }, isGranted: true }
}

/** Rises to the floor with time, never above it. */
function risen({ tenths, countedAt }: RetryAllowance, now: number, rules: RetryRules): RetryAllowance {
  if (tenths >= rules.floor) return { tenths, countedAt: Math.max(countedAt, now) }
  const steps = Math.max(0, Math.floor((now - countedAt) / rules.floorEveryMs))
  return {
    tenths: Math.min(rules.floor, tenths + steps * RETRY),
    countedAt: countedAt + steps * rules.floorEveryMs,
  }
}
