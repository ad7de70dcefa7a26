import { setTimeout as sleep } from 'node:timers/promises'

import postgres from 'postgres'

export type ListenOptions = {
  url: string
  channel: string
  applicationName: string
  heard: (payload: string) => void
  /** Each time it begins to listen: what was said before has not been heard. */
  began?: () => void
}

export type Listening = {
  isUp: () => boolean
  /** Settles with the first try: whoever cannot do without may end with it. Later ones go on either way. */
  firstTry: Promise<void>
  close: () => Promise<void>
}

// A database that restarts is back within seconds; one that stays away is asked once a second.
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1_000
// Whoever only listens does not notice that the other end is gone without a word: asked this often, and no answer by the
// next time, it is lost. Twenty seconds deaf at most; what was missed is found by looking.
const ASK_EVERY_MS = 10_000

/** Listens on a connection of its own, and on another as soon as that one is lost, until closed. */
export function listen(options: ListenOptions): Listening {
  const closing = new AbortController()
  let connection = connect(options)
  let isUp = false

  async function keep(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    while (!closing.signal.aborted) {
      isUp = await connection.listening.then(
        () => true,
        () => false,
      )
      if (isUp) {
        pauseMs = FIRST_PAUSE_MS
        options.began?.()
        await connection.lost
        isUp = false
      }
      await connection.end()
      await sleep(pauseMs, undefined, { signal: closing.signal, ref: false }).catch(() => {})
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
      if (!closing.signal.aborted) connection = connect(options)
    }
  }

  const firstTry = connection.listening
  const kept = keep()
  return {
    isUp: () => isUp,
    firstTry,
    close: async () => {
      closing.abort()
      await connection.end()
      await kept
    },
  }
}

/**
 * A client used until its connection is lost and never again. The driver's own `listen` connects anew by itself, but
 * tells nobody that it was deaf meanwhile, and not at all once a try to do so has failed.
 */
function connect({ url, channel, applicationName, heard }: ListenOptions) {
  let lose: (() => void) | undefined
  const lost = new Promise<void>((resolve) => (lose = resolve))
  function gone(): void {
    clearInterval(asking)
    lose?.()
    void client.end({ timeout: 0 })
  }
  const settings = {
    max: 1,
    connect_timeout: 5,
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => {},
    onclose: gone,
    // What the driver's `listen` uses itself; its types do not name it.
    onnotify: (from: string, payload: string) => {
      if (from === channel) heard(payload)
    },
    connection: { application_name: applicationName },
  }
  const client = postgres(url, settings)
  // Said again it changes nothing, and the server shows what the connection is for.
  const say = () => client.unsafe(`LISTEN "${channel}"`)
  const listening = say().then(() => {})
  listening.catch(() => {}) // seen by `keep`; whoever waits for the first try sees it too
  let isAnswered = true
  const asking = setInterval(() => {
    if (!isAnswered) return gone()
    isAnswered = false
    say().then(
      () => (isAnswered = true),
      () => {},
    )
  }, ASK_EVERY_MS).unref()
  const end = (): Promise<void> => {
    clearInterval(asking)
    return client.end({ timeout: 2 })
  }
  return { listening, lost, end }
}
