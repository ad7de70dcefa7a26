import { z } from 'zod'

import type { StoredAnalysis } from '../../db/published.ts'
import { analysers } from '../../domain/analysis/analyse.ts'
import { reasonAnswer, reasonOf } from '../reasons.ts'

/** Whether an analysis of a snapshot is there, and if not, why. */
export const analysisState = z
  .strictObject({
    analyser: z.string(),
    version: z.int().min(1).nullable(),
    state: z.enum(['made', 'failed', 'removed', 'never_made', 'outdated']).meta({
      description:
        'made; failed; removed with data that was deleted; the analysis did not exist yet; or made by an earlier version of it.',
    }),
    reason: reasonAnswer.nullable(),
  })
  .meta({ id: 'AnalysisState' })

export type Analysis = z.infer<typeof analysisState> & { document: unknown }

/** Every analysis a reader may expect. Where none at all is stored, they were deleted with data they were made from. */
export function analysesOf(stored: readonly StoredAnalysis[]): Analysis[] {
  const expected = analysers.filter(({ name }) => !stored.some(({ analyser }) => analyser === name))
  const whyMissing = stored.length === 0 ? 'removed' : 'never_made'
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
