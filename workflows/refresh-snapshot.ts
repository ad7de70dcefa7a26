import { ApplicationFailure, CancellationScope, ContinueAsNew, isCancellation } from '@temporalio/workflow'

import type { RefreshInput, RefreshResult } from './contract.ts'
import { stepFailure } from './failures.ts'
import { short, patiently } from './steps.ts'
import { Ended, show, Story } from './story.ts'

/**
 * One refresh of one user: read every institution in its plan, classify, analyse, publish; whole, or saying what is
 * missing. The rows decide; this run only drives. It succeeds if and only if it published a complete snapshot.
 */
export async function refreshSnapshot({ refresh, since }: RefreshInput): Promise<RefreshResult> {
  const story = new Story(refresh, since?.cutNo ?? 0)
  try {
    return await story.tell()
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error
    if (error instanceof Ended) {
      await story.answerLateOrders()
      return endAs(error)
    }
    const closing = isCancellation(error)
      ? ({ as: 'cancelled', because: 'cancelled in the engine' } as const)
      : ({ as: 'failed', because: stepFailure(error).type } as const)
    const closed = await CancellationScope.nonCancellable(() =>
      patiently(() => short.closeRefresh(refresh, closing)),
    )
    await story.answerLateOrders()
    if (closed.as === 'succeeded') return endAs(new Ended('succeeded', null, story.cutNo))
    show(closing.as)
    if (closing.as === 'cancelled') throw error
    throw ApplicationFailure.nonRetryable(`the refresh was closed: ${closing.because}`, closing.because)
  }
}

/** Nothing that can fail comes after the rows have said how it ended. */
function endAs({ as, because, cuts }: Ended): RefreshResult {
  if (as === 'succeeded') {
    show('complete')
    return { snapshot: 'complete', cuts }
  }
  show(as === 'incomplete' || as === 'cancelled' ? as : 'failed')
  const type = as === 'incomplete' ? 'SnapshotIncomplete' : as
  throw ApplicationFailure.nonRetryable(`the refresh ended ${as}${because ? `: ${because}` : ''}`, type)
}
