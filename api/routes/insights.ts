import { analysesOf, stateOf } from '../answers/analyses.ts'
import { headOf } from '../answers/head.ts'
import { insightsAnswer, insightsExample, insightsOf } from '../answers/insights.ts'
import { fromSnapshot, type PublishedDeps, selection, SNAPSHOT_PROBLEMS, wantedBy } from '../from-snapshot.ts'
import { defineRoute } from '../route.ts'

/** What every analyser found, from the analyses that were stored with the snapshot. */
export const readInsights = defineRoute(
  {
    id: 'readInsights',
    method: 'get',
    path: '/v1/me/insights',
    section: 'Snapshots',
    summary: 'What the analysers found',
    description:
      'True sentences in Korean and English with their numbers, the transactions behind them, and the institutions they rest on. An analyser that found nothing, failed, or whose work was removed with deleted data is named all the same.',
    access: 'member',
    query: selection,
    isConditional: true,
    answers: { 200: { says: 'The insights.', schema: insightsAnswer, example: insightsExample } },
    problems: SNAPSHOT_PROBLEMS,
  },
  (deps: PublishedDeps) => (asked) =>
    fromSnapshot(deps, asked, wantedBy(asked.query), async (seen, rows) => {
      const analyses = analysesOf(await rows.documents(), seen)
      return {
        ...headOf(seen),
        analysers: analyses.map(stateOf),
        insights: analyses.flatMap((analysis) => insightsOf(analysis, seen.coverage)),
      }
    }),
)
