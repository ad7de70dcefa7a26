import { z } from 'zod'

import { STEPS } from '../../domain/poison.ts'

const instant = z.iso.datetime({ precision: 3 })
const count = z.int().min(0)

export const poisonAnswer = z.strictObject({
  poison: z.array(
    z.strictObject({
      userKey: z.string(),
      institutionId: z.string(),
      name: z.string(),
      /** How often it failed without a name, since nothing came of it. */
      failed: count,
      firstAt: instant,
      lastAt: instant,
      lastRefreshNo: z.int().positive(),
      /** How far the last one came; lost: its worker died with it. */
      step: z.enum(STEPS).nullable(),
      setAsideAt: instant.nullable(),
      /** Put back, and its refresh not yet asked for. */
      replayAt: instant.nullable(),
      url: z.string(),
    }),
  ),
  /** There are more than are shown. */
  areMore: z.boolean(),
})

export const replayedAnswer = z.strictObject({
  /** How many were put back. */
  replayed: count,
  /** How many of these are still set aside: the same order again puts back the next ones. */
  left: count,
})
