import { z } from 'zod'

import { type FailureName, isFailureName } from '../../domain/failures.ts'
import { OPEN_STATES, type RefreshState } from '../../domain/refresh.ts'

/** Parts of addresses, queries and bodies, as every route of this listener takes them. */

export const institutionId = z.string().regex(/^[\w-]{1,64}$/, 'the id of an institution was expected')

export const userKey = z.string().regex(/^[\w-]{1,64}$/, 'the opaque key of a user was expected')

// Numbers are counted per user from 1 and kept in four bytes.
export const refreshNo = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, 'the number of a refresh was expected')
  .transform(Number)
  .pipe(z.int().max(2 ** 31 - 1))

export const failureName = z.custom<FailureName>(isFailureName, 'the name of a failure was expected')

const STATES = [
  'requested',
  'running',
  'parked',
  'succeeded',
  'incomplete',
  'failed',
  'cancelled',
  'lost',
] as const satisfies RefreshState[]

export const refreshState = z.enum(STATES)

/** One state, several with commas between, or `open` for those that are not closed. */
export const states = z
  .string()
  .transform((text) => text.split(',').flatMap((state) => (state === 'open' ? [...OPEN_STATES] : [state])))
  .pipe(z.array(refreshState).min(1).max(STATES.length))

const UNIT_MS = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/** `90s`, `15m`, `2h`, `3d`: up to 999 of each, in milliseconds. */
export const duration = z
  .string()
  .regex(/^[1-9]\d{0,2}[smhd]$/, 'a duration like 90s, 15m, 2h or 3d was expected')
  .transform((text) => Number(text.slice(0, -1)) * UNIT_MS.get(text.slice(-1))!)

// A head with what failed has some 1 KB: 100 KB a page.
const MOST_ROWS = 100

export const limit = z
  .string()
  .regex(/^\d{1,3}$/, `a number from 1 to ${MOST_ROWS} was expected`)
  .transform(Number)
  .pipe(z.int().min(1).max(MOST_ROWS))
  .default(50)

/** Why somebody does what they do: long enough to mean something, in one line of text. */
export const why = z
  .string()
  .trim()
  .min(3, 'a reason of 3 to 500 characters was expected')
  .max(500, 'a reason of 3 to 500 characters was expected')
  .regex(/^[^\p{Cc}]*$/u, 'a reason in one line was expected')

// A person has consents at ten institutions, at a hundred at most.
export const institutionIds = z
  .array(institutionId)
  .min(1)
  .max(100)
  .refine((ids) => new Set(ids).size === ids.length, 'each institution once was expected')
