import { z } from 'zod'

import type { SnapshotSeen, StoredAnalysis } from '../../db/published.ts'
import { analysers } from '../../domain/analysis/analyse.ts'
import { reasonAnswer, reasonOf } from '../reasons.ts'

/** Whether an analysis of a snapshot is there, and if not, why. */
export const analysisState = z
  .strictObject({
    analyser: z.string(),
    version: z.int().min(1).nullable(),
    state: z.enum(['made', 'failed', 'recomputing', 'removed', 'never_made', 'outdated']).meta({
      description:
        'made; failed; being made anew without an institution whose consent has ended; removed with data that is no longer shown; the analysis did not exist yet; or made by an earlier version of it.',
    }),
    reason: reasonAnswer.nullable(),
  })
  .meta({ id: 'AnalysisState' })

export type Analysis = z.infer<typeof analysisState> & { document: unknown }

/** Every analysis a reader may expect. None is shown that was made from data which is no longer shown itself. */
export function analysesOf(
  stored: readonly StoredAnalysis[],
  { analyses }: Pick<SnapshotSeen, 'analyses'>,
): Analysis[] {
  const expected = analysers.filter(({ name }) => !stored.some(({ analyser }) => analyser === name))
  const whyMissing = analyses === 'here' ? 'never_made' : analyses
  const missing = expected.map(({ name }) => without(name, null, whyMissing))
  return [...stored.map(present), ...missing].toSorted((a, b) => (a.analyser < b.analyser ? -1 : 1))
}

function present({ analyser, version, document, failure }: StoredAnalysis): Analysis {
  if (failure !== null) return { ...without(analyser, version, 'failed'), reason: reasonOf(failure) }
  const known = analysers.find(({ name }) => name === analyser)
  if (known && known.version !== version) return { ...without(analyser, version, 'outdated'), document }
  return { analyser, version, state: 'made', reason: null, document }
}

const REASONS = {
  recomputing: 'AnalysisRecomputing',
  removed: 'AnalysisRemoved',
  never_made: 'AnalysisNeverMade',
  outdated: 'AnalysisOutdated',
  failed: 'Unexpected',
} as const

const without = (analyser: string, version: number | null, state: keyof typeof REASONS): Analysis => ({
  analyser,
  version,
  state,
  reason: reasonOf(REASONS[state]),
  document: null,
})

export const stateOf = ({ document: _document, ...state }: Analysis): z.infer<typeof analysisState> => state

export const madeExample = <Name extends string>(analyser: Name, version: number) =>
  ({ analyser, version, state: 'made', reason: null }) satisfies z.infer<typeof analysisState>
