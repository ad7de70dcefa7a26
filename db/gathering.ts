// A write takes milliseconds: if so much waits for one, the database is away, and what is dropped is not missed.
const MOST_AT_ONCE = 1_000

type Batch<T> = { items: T[]; written: Promise<void> }

/**
 * Writes the first at once, and all that comes for the same name while it is being written together, after it: never two
 * at a time, and no more statements than the database is fast. Each caller hears how its own went.
 */
export function gathering<T>(write: (name: string, items: readonly T[]) => Promise<void>) {
  const underWay = new Map<string, Promise<void>>()
  const gathered = new Map<string, Batch<T>>()

  function say(name: string, item: T): Promise<void> {
    const batch = gathered.get(name)
    if (batch) {
      if (batch.items.length < MOST_AT_ONCE) batch.items.push(item)
      return batch.written
    }
    const before = underWay.get(name)
    if (!before) return begin(name, [item])
    const items = [item]
    const beginNext = (): Promise<void> => {
      gathered.delete(name)
      return begin(name, items)
    }
    const written = before.then(beginNext, beginNext)
    gathered.set(name, { items, written })
    return written
  }

  function begin(name: string, items: readonly T[]): Promise<void> {
    const writing = write(name, items).finally(() => {
      if (underWay.get(name) === writing) underWay.delete(name)
    })
    underWay.set(name, writing)
    return writing
  }

  return say
}
