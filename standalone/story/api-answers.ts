import { z } from 'zod'

import type { Operations, Reading, Refresh, Snapshot } from '../../clients/moa-api.ts'

/** The API's answers, as its own document has them. */
export type EventAnswer = Operations['raiseEvent']['answers'][202]
export type RefreshAnswer = Refresh
export type SnapshotAnswer = Snapshot
export type TransactionsAnswer = Operations['readTransactions']['answers'][200]
export type InstitutionReading = Reading

/** The documents of analyses are their analysers' own: what is shown of them is looked for, and may not be there. */
const totals = z.object({ currency: z.string(), net: z.string() })
const flow = z.object({ currency: z.string(), in: z.string(), out: z.string() })

const balances = z.object({
  total: z.array(totals).nullable(),
  institutions: z.array(z.object({ institutionId: z.string(), totals: z.array(totals).nullable() })),
})
const cashFlow = z.object({ thisMonth: z.object({ month: z.string(), flows: z.array(flow) }) })

export const balancesIn = (snapshot: SnapshotAnswer | undefined) => documentIn(snapshot, 'balances', balances)
export const cashFlowIn = (snapshot: SnapshotAnswer | undefined) =>
  documentIn(snapshot, 'cash-flow', cashFlow)

function documentIn<T extends z.ZodType>(
  snapshot: SnapshotAnswer | undefined,
  analyser: string,
  document: T,
): z.infer<T> | null {
  const read = document.safeParse(snapshot?.analyses[analyser]?.document)
  return read.success ? read.data : null
}
