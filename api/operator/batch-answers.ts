import { z } from 'zod'

import type { Batch } from '../../db/operator-batches.ts'
import { problemAnswer } from '../problem-answers.ts'
import { refreshState } from './parameters.ts'

const instant = z.iso.datetime({ precision: 3 })
const count = z.int().min(0)

export const batchAnswer = z.strictObject({
  batchNo: z.int().positive(),
  verb: z.enum(['cancel', 'resume', 'excuse']),
  institutionIds: z.array(z.string()).nullable(),
  proposedBy: z.string(),
  proposedAt: instant,
  /** How many were seen; whoever orders it says this number again. */
  refreshes: count,
  begunAt: instant.nullable(),
  begunBy: z.string().nullable(),
  why: z.string().nullable(),
  endedAt: instant.nullable(),
  done: count,
  already: count,
  refused: count,
  left: count,
})

export const batchSeen = z.strictObject({
  batch: batchAnswer,
  areMore: z.boolean(),
  sample: z.array(
    z.strictObject({
      userKey: z.string(),
      refreshNo: z.int().positive(),
      state: refreshState,
      reason: z.string(),
      openedAt: instant,
      url: z.string(),
    }),
  ),
})

export const batchRun = z.strictObject({
  batch: batchAnswer,
  /** Why some were refused, and how many. */
  refusals: z.array(z.strictObject({ because: z.string(), says: z.string(), refreshes: count })),
})

export const batchesAnswer = z.strictObject({ batches: z.array(batchAnswer) })

export const batchRefused = z.strictObject({
  ...problemAnswer.omit({ errors: true }).shape,
  because: z.string(),
})

export const batchOut = ({ proposedAt, begunAt, endedAt, ...batch }: Batch): z.infer<typeof batchAnswer> => ({
  ...batch,
  proposedAt: proposedAt.toISOString(),
  begunAt: begunAt?.toISOString() ?? null,
  endedAt: endedAt?.toISOString() ?? null,
})
