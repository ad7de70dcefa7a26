/**
 * Does the work for every item, a few at a time, and gives the results in the order of the items. The first failure
 * stops the rest through its signal, and is thrown when nothing is going on any more.
 */
export async function sideBySide<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const stop = new AbortController()
  const results: Result[] = []
  const queue = items.entries()
  const lane = async () => {
    for (const [at, item] of queue) {
      results[at] = await work(item, stop.signal)
      if (stop.signal.aborted) return
    }
  }
  const lanes = Array.from({ length: Math.min(most, items.length) }, () =>
    lane().catch((error: unknown) => stop.abort(error)),
  )
  await Promise.all(lanes)
  if (stop.signal.aborted) throw stop.signal.reason
  return results
}
