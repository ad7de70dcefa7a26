import type { Http } from '../connectors/http.ts'
import { DomainFailure, type FailureName } from '../domain/failures.ts'

/** How one call to an institution ended. Null: with an answer that was whole and ours. */
export type CallOutcome = {
  failure: FailureName | null
  /** From the call to its end. */
  ms: number
}

/**
 * Watches the calls of one reading. What it finds is written once, when the reading ends: the fleet learns how an
 * institution fares without a statement per call. A call that we stopped ourselves says nothing about anybody.
 */
export function createCallTally(http: Pick<Http, 'call'>) {
  const outcomes: CallOutcome[] = []

  const call: Http['call'] = async (request, options, also) => {
    const begunAt = performance.now()
    const note = (failure: FailureName | null) =>
      outcomes.push({ failure, ms: Math.round(performance.now() - begunAt) })
    // The first failure among calls side by side stops the others, which then end with that very error.
    const wasStopped = (error: DomainFailure) =>
      [options.signal, also].some((signal) => signal?.aborted && signal.reason === error)
    try {
      const answer = await http.call(request, options, also)
      note(null)
      return answer
    } catch (error) {
      if (error instanceof DomainFailure && error.type !== 'Superseded' && !wasStopped(error))
        note(error.type)
      throw error
    }
  }

  return { call, outcomes: (): readonly CallOutcome[] => outcomes }
}

export type CallTally = ReturnType<typeof createCallTally>
