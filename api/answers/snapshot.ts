import { z } from 'zod'

import { accountAnswer, accountExample } from './accounts.ts'
import { type Analysis, analysisState, madeExample } from './analyses.ts'
import { headExample, snapshotHead } from './head.ts'

const analysisAnswer = analysisState
  .extend({
    document: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'In the form of this version of the analyser; null while it is not there.' }),
  })
  .meta({ id: 'Analysis', description: 'What one analyser made of a snapshot.' })

export const snapshotAnswer = snapshotHead
  .extend({
    accounts: z.array(accountAnswer),
    analyses: z
      .record(z.string(), analysisAnswer)
      .meta({ description: 'By analyser; either the document or the reason why there is none.' }),
  })
  .meta({
    id: 'Snapshot',
    description: 'What was published: how whole it is, every account, every analysis.',
  })

const documents = z.record(z.string(), z.unknown()).nullable().catch(null)

export const analysesByName = (analyses: readonly Analysis[]) =>
  Object.fromEntries(
    analyses.map((analysis) => [
      analysis.analyser,
      { ...analysis, document: documents.parse(analysis.document) },
    ]),
  )

export const snapshotExample = {
  ...headExample,
  accounts: [accountExample],
  analyses: {
    balances: {
      ...madeExample('balances', 2),
      document: { total: [{ currency: 'KRW', assets: '9982778', debts: '0', net: '9982778' }] },
    },
    'cash-flow': {
      ...madeExample('cash-flow', 2),
      document: {
        thisMonth: { month: '2026-11', flows: [{ currency: 'KRW', in: '3100000', out: '43200' }] },
      },
    },
    spending: { ...madeExample('spending', 1), document: { today: '2026-11-22', missing: [] } },
  },
} satisfies z.infer<typeof snapshotAnswer>
