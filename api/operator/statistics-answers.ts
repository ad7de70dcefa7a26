import { z } from 'zod'

import type { InstitutionSeen } from '../../db/institution-statistics.ts'
import {
  type CallStatistics,
  failedWith,
  failuresOf,
  percentile,
  samplesOf,
  sharesOf,
} from '../../domain/call-statistics.ts'
import { HEALTH_STATES } from '../../domain/institution-health.ts'
import { blameOf } from './story/words.ts'

const instant = z.iso.datetime({ precision: 3 })
const count = z.int().min(0)
const share = z.number().min(0).max(1)

/** What was counted: shares and percentiles are null where there are too few calls to say. */
const counted = {
  calls: count,
  failed: count,
  /** Of all calls, by whose fault they were not answered; together they are 1. */
  shares: z
    .strictObject({ answered: share, institution: share, us: share, user: share, nobody: share })
    .nullable(),
  /** How many calls the percentiles rest on: those answered, and those we no longer waited for. */
  samples: count,
  p50Ms: count.nullable(),
  p95Ms: count.nullable(),
  p99Ms: count.nullable(),
  /** The most frequent first. */
  failures: z.array(z.strictObject({ failure: z.string(), calls: count, blame: z.string() })),
}

const head = {
  institutionId: z.string(),
  name: z.string(),
  industry: z.string(),
  connector: z.string().nullable(),
  state: z.enum(['active', 'paused', 'removed']),
  health: z.strictObject({
    state: z.enum(HEALTH_STATES),
    since: instant.nullable(),
    nextTryAt: instant.nullable(),
    because: z.string().nullable(),
  }),
  /** What the fleet holds about it; null: nothing was ever held against it. */
  breaker: z
    .strictObject({
      state: z.enum(['closed', 'open', 'half_open']),
      since: instant,
      cause: z.string().nullable(),
      probeFrom: instant.nullable(),
      forced: z.strictObject({ to: z.enum(['open', 'closed']), until: instant }).nullable(),
    })
    .nullable(),
  readings: z.strictObject({ inUse: count, most: count }),
  ...counted,
}

export const institutionsAnswer = z.strictObject({
  now: instant,
  since: instant,
  stepMs: count,
  institutions: z.array(
    z.strictObject({
      ...head,
      /** Steps without calls are left out. */
      steps: z.array(z.strictObject({ at: instant, calls: count, failed: count })),
    }),
  ),
})

export const institutionHistoryAnswer = z.strictObject({
  now: instant,
  since: instant,
  stepMs: count,
  institution: z.strictObject(head),
  /** The oldest first; steps without calls are left out. */
  steps: z.array(z.strictObject({ at: instant, ...counted })),
  /** How its breaker changed and why, the newest first; of any time. */
  transitions: z.array(
    z.strictObject({
      at: instant,
      from: z.string(),
      to: z.string(),
      cause: z.string(),
      /** The operator whose word it was; null: what the fleet saw. */
      by: z.string().nullable(),
      why: z.string().nullable(),
    }),
  ),
})

export const headOf = ({ health, breaker, steps: _steps, total, ...rest }: InstitutionSeen) => ({
  ...rest,
  health: {
    ...health,
    since: health.since?.toISOString() ?? null,
    nextTryAt: health.nextTryAt?.toISOString() ?? null,
  },
  breaker: breaker && {
    ...breaker,
    since: breaker.since.toISOString(),
    probeFrom: breaker.probeFrom?.toISOString() ?? null,
    forced: breaker.forced && { ...breaker.forced, until: breaker.forced.until.toISOString() },
  },
  ...countedOf(total),
})

export const countedOf = (one: CallStatistics) => ({
  calls: one.calls,
  failed: failedOf(one),
  shares: sharesOf(one),
  samples: samplesOf(one),
  p50Ms: percentile(one, 0.5),
  p95Ms: percentile(one, 0.95),
  p99Ms: percentile(one, 0.99),
  failures: failuresOf(one).map(([failure, calls]) => ({ failure, calls, blame: blameOf(failure) })),
})

export const failedOf = (one: CallStatistics): number => failedWith(one, () => true)
