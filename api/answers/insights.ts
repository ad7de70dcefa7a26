import { z } from 'zod'

import type { Coverage } from '../../db/published.ts'
import { type Analysis, analysisState, madeExample } from './analyses.ts'
import { count, currency, institutionId } from './fields.ts'
import { headExample, snapshotHead } from './head.ts'

export const evidence = z
  .strictObject({
    transactions: z.array(z.string()).meta({ description: 'Ids of some of them, the largest first.' }),
    of: count.meta({ description: 'How many there are in all.' }),
  })
  .meta({ id: 'Evidence', description: 'Transactions behind a number.' })

const words = z.strictObject({ title: z.string(), text: z.string() })

/** An insight as its analyser stored it. */
export const storedInsight = z.strictObject({
  kind: z.string(),
  ko: words,
  en: words,
  currency: currency.nullable(),
  numbers: z.record(z.string(), z.string()),
  evidence,
  institutions: z.array(z.string()),
})

const insightAnswer = storedInsight
  .extend({
    kind: z.string().meta({ description: 'What was found; a name that does not change.' }),
    numbers: z
      .record(z.string(), z.string())
      .meta({ description: 'What the words say, for programs: decimals and counts by name.' }),
    analyser: z.string(),
    version: z.int().min(1),
    institutions: z
      .array(z.strictObject({ institutionId, state: z.enum(['fresh', 'carried_over', 'absent']) }))
      .meta({ description: 'On whose rows it rests, and whether those are as new as was asked.' }),
  })
  .meta({ id: 'Insight', description: 'Something true that an analyser found. No advice.' })

export const insightsAnswer = snapshotHead
  .extend({ analysers: z.array(analysisState), insights: z.array(insightAnswer) })
  .meta({ id: 'Insights', description: 'What the analysers found in a snapshot.' })

/** What one analysis found; what it rests on is said with how it stands in the snapshot now. */
export function insightsOf({ analyser, version, document }: Analysis, coverage: readonly Coverage[]) {
  const found = documentWithInsights.safeParse(document)
  if (!found.success || version === null) return []
  const stateOf = new Map(coverage.map((part) => [part.institutionId, part.state]))
  return found.data.insights.map((insight) => ({
    ...insight,
    analyser,
    version,
    institutions: insight.institutions.map((id) => ({
      institutionId: id,
      state: stateOf.get(id) ?? ('absent' as const),
    })),
  }))
}

export const documentWithInsights = z.object({ insights: z.array(storedInsight) })

export const insightsExample = {
  ...headExample,
  analysers: [madeExample('balances', 2), madeExample('cash-flow', 2), madeExample('spending', 1)],
  insights: [
    {
      analyser: 'spending',
      version: 1,
      kind: 'spending.category_changed_most',
      ko: {
        title: '금융수수료 1,500원 늘었음',
        text: '지난달 같은 기간 500원, 이번 달 2,000원입니다.',
      },
      en: {
        title: 'Financial fees: ₩1,500 more',
        text: '₩500 in the same days of the month before, ₩2,000 this month.',
      },
      currency: 'KRW',
      numbers: { spent: '2000', before: '500', change: '1500' },
      evidence: { transactions: ['20098', '20051'], of: 2 },
      institutions: [{ institutionId: 'SBXBANK001', state: 'fresh' }],
    },
  ],
} satisfies z.infer<typeof insightsAnswer>
