/** What was started and has to be stopped, last first. Stopping is safe at any moment and safe to repeat. */
export function createClosers() {
  const closers: { name: string; close: () => Promise<unknown> }[] = []
  const arriving = new Set<Promise<unknown>>()
  let stopping: Promise<void> | undefined

  /** Starts something and remembers how to stop it; what arrives while all is stopped is stopped, too. */
  async function keep<T>(
    name: string,
    starting: () => Promise<T>,
    close: (started: T) => Promise<unknown>,
  ): Promise<T> {
    if (stopping) throw new Error('the benchmark is being stopped')
    const arrival = starting()
    arriving.add(arrival)
    try {
      const started = await arrival
      closers.push({ name, close: () => close(started) })
      return started
    } finally {
      arriving.delete(arrival)
    }
  }

  async function closeAll(): Promise<void> {
    await Promise.allSettled(arriving)
    for (const { name, close } of closers.toReversed()) {
      await close().catch((error: unknown) => {
        process.stderr.write(
          `bench: ${name} could not be stopped: ${error instanceof Error ? error.message : ''}\n`,
        )
      })
    }
    closers.length = 0
  }

  const stop = (): Promise<void> => (stopping ??= closeAll())
  return { keep, stop, isStopping: () => stopping !== undefined }
}

export type Closers = ReturnType<typeof createClosers>
