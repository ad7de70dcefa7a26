import { type Unexpected, unexpectedIn } from '../connectors/evidence.ts'
import type { Attempt, ReadingRef } from '../db/attempts.ts'
import type { ActivityDeps } from './deps.ts'

// Of one reading. What is wrong with an institution is mostly wrong in the same way, asset after asset.
const MOST = 3

/**
 * Keeps what a reading could not believe, for whoever has to find out why. A reading is what it is, whether or not
 * something could be kept of it.
 */
export async function keepUnexpected(
  { keptResponses, log }: Pick<ActivityDeps, 'keptResponses' | 'log'>,
  ref: ReadingRef,
  { generation }: Pick<Attempt, 'generation'>,
  failuresOrGaps: readonly unknown[],
): Promise<void> {
  const found = failuresOrGaps.map(unexpectedIn).filter((one): one is Unexpected => one !== null)
  if (found.length === 0) return
  await keptResponses.keep(ref, generation, found.slice(0, MOST)).catch(() => {
    log.warn(
      { institutionId: ref.institutionId, refreshNo: ref.refreshNo },
      'an unexpected answer was not kept',
    )
  })
}
