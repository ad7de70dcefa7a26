import { analysesOf } from '../answers/analyses.ts'
import { headOf } from '../answers/head.ts'
import { analysesByName, snapshotAnswer, snapshotExample } from '../answers/snapshot.ts'
import { fromSnapshot, type PublishedDeps, selection, SNAPSHOT_PROBLEMS, wantedBy } from '../from-snapshot.ts'
import { defineRoute } from '../route.ts'

/** What was published, and how whole it is. Waits for no institution and no engine. */
export const readSnapshot = defineRoute(
  {
    id: 'readSnapshot',
    method: 'get',
    path: '/v1/me/snapshot',
    section: 'Snapshots',
    summary: 'The whole snapshot',
    description:
      'How whole it is, every account with its balances, and every analysis as its analyser wrote it. Where a consent has ended since, its institution is `absent`, and the analyses that were made from its data are `recomputing`, or `removed` where a newer snapshot has its own.',
    access: 'member',
    query: selection,
    isConditional: true,
    answers: { 200: { says: 'The snapshot.', schema: snapshotAnswer, example: snapshotExample } },
    problems: SNAPSHOT_PROBLEMS,
  },
  (deps: PublishedDeps) => (asked) =>
    fromSnapshot(deps, asked, wantedBy(asked.query), async (seen, rows) => {
      const [accounts, documents] = await Promise.all([rows.accounts(), rows.documents()])
      return { ...headOf(seen), accounts, analyses: analysesByName(analysesOf(documents, seen)) }
    }),
)
