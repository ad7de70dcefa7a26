/** The reason a call is stopped with when its time is over. */
export class DeadlinePassed extends Error {}

/**
 * One signal for the whole of a call: it fires at the deadline, or when one of the signals does, with that one's reason.
 * Nothing is left behind once the work has settled (AbortSignal.any keeps its sources' listeners until collected).
 */
export async function withinDeadline<T>(
  deadlineMs: number,
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new DeadlinePassed()), deadlineMs)
  const listeners = signals.map((signal) => ({ signal, stop: () => controller.abort(signal.reason) }))
  for (const { signal, stop } of listeners) signal.addEventListener('abort', stop, { once: true })
  try {
    for (const signal of signals) signal.throwIfAborted()
    return await work(controller.signal)
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    clearTimeout(timer)
    for (const { signal, stop } of listeners) signal.removeEventListener('abort', stop)
  }
}
