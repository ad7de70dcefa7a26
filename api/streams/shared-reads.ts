/**
 * Reads for many streams: whoever asks for what already stands in line shares that read, so however many streams a user
 * has open, one change costs one read. What has begun is not shared, since it may not see what was changed meanwhile.
 */
export function createSharedReads(mostAtOnce: number) {
  // At most one entry per open stream: none asks again before it was answered.
  const line: (() => void)[] = []
  let running = 0

  async function inLine<T>(work: () => Promise<T>): Promise<T> {
    if (running >= mostAtOnce) await new Promise<void>((resolve) => line.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next) next()
      else running -= 1
    }
  }

  /** The same read, shared by whoever asks with the same arguments. */
  return function shared<A extends readonly number[], T>(
    read: (...asked: A) => Promise<T>,
  ): (...asked: A) => Promise<T> {
    const waiting = new Map<string, Promise<T>>()
    return (...asked) => {
      const key = asked.join('/')
      const known = waiting.get(key)
      if (known) return known
      const reading = Promise.resolve().then(() =>
        inLine(() => {
          waiting.delete(key)
          return read(...asked)
        }),
      )
      waiting.set(key, reading)
      return reading
    }
  }
}

export type Shared = ReturnType<typeof createSharedReads>
