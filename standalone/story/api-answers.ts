import { z } from 'zod'

/** What of the API's answers is shown here; whatever else they say is left alone. */
const reason = z.object({ name: z.string(), says: z.string() })

export const eventAnswer = z.object({
  outcome: z.enum(['started', 'joined', 'fresh', 'rejected']),
  refresh: z.object({ refreshNo: z.int().positive() }).optional(),
})
export type EventAnswer = z.infer<typeof eventAnswer>

const institution = z.object({
  institutionId: z.string(),
  name: z.string(),
  state: z.enum(['pending', 'collecting', 'collected', 'failed', 'withdrawn', 'excused']),
  outcome: z.enum(['changed', 'unchanged']).nullable(),
  failure: reason.nullable(),
  attempts: z.int(),
  durationMs: z.number().nullable(),
  rows: z.int().nullish(),
  /** Of a bank that a parked refresh waits for. */
  nextTryAt: z.iso.datetime().nullish(),
})
export type InstitutionReading = z.infer<typeof institution>

export const refreshAnswer = z.object({
  refreshNo: z.int().positive(),
  state: z.enum(['requested', 'running', 'parked', 'succeeded', 'incomplete', 'failed', 'cancelled', 'lost']),
  closedBecause: z.array(reason),
  institutions: z.array(institution),
  snapshot: z.object({ snapshotNo: z.int().positive(), status: z.enum(['complete', 'partial']) }).nullable(),
})
/** Of the stream of all that is a person's: which refresh is the newest. */
export const refreshHead = z.object({ refreshNo: z.int().positive() })

export type RefreshAnswer = z.infer<typeof refreshAnswer>

const totals = z.object({ currency: z.string(), net: z.string() })
const flow = z.object({ currency: z.string(), in: z.string(), out: z.string() })
const balances = z.object({
  total: z.array(totals).nullable(),
  institutions: z.array(z.object({ institutionId: z.string(), totals: z.array(totals).nullable() })),
})
const cashFlow = z.object({ thisMonth: z.object({ month: z.string(), flows: z.array(flow) }) })
const analysis = <T extends z.ZodType>(document: T) =>
  z.object({ document: document.nullable(), failure: reason.nullable() })

export const snapshotAnswer = z.object({
  snapshotNo: z.int().positive(),
  status: z.enum(['complete', 'partial']),
  coverage: z.array(
    z.object({
      institutionId: z.string(),
      name: z.string(),
      state: z.enum(['fresh', 'carried_over', 'absent']),
      reason: reason.nullable(),
    }),
  ),
  accounts: z.array(z.object({ accountKey: z.string(), institutionId: z.string() })),
  analyses: z.object({ balances: analysis(balances), 'cash-flow': analysis(cashFlow) }),
})
export type SnapshotAnswer = z.infer<typeof snapshotAnswer>

export const transactionsAnswer = z.object({
  transactions: z.array(z.object({ id: z.string(), institutionId: z.string() })),
  nextCursor: z.string().nullable(),
})
