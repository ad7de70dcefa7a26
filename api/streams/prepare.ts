import { createChanges, listenForChanges } from '../../db/changes.ts'
import type { Database } from '../../db/database.ts'
import { createRefreshProgress, type RefreshProgress } from '../../db/refresh-progress.ts'
import { createStreamHeads, type StreamHeads } from '../../db/stream-heads.ts'
import { createTeller } from '../../db/telling.ts'
import { type Log, whereFrom } from '../../log.ts'
import { createStreams, type Streams } from './live.ts'
import type { Limits } from './places.ts'
import { createSharedReads } from './shared-reads.ts'
import { createWatches } from './watches.ts'

/** What the routes of streams need: the streams, and the reads that they share. */
export type Live = {
  serve: Streams['serve']
  progress: RefreshProgress['of']
  heads: StreamHeads['since']
}

// Some 5 ms each: 800 a second, and the other six connections are left to whoever asks for something.
const READS_AT_ONCE = 4

/** Everything that showing changes live takes, how it is told of changes made here, and how it is put away again. */
export function prepareStreams(options: { url: string; database: Database; limits: Limits; log: Log }) {
  const { url, database, limits, log } = options
  const changes = createChanges(database)
  const listening = listenForChanges(url, {
    heard: (userIds) => watches.heard(userIds),
    began: () => void watches.look(), // for what was said while nobody listened
  })
  const watches = createWatches({ marks: changes.marks, isListening: listening.isUp, log })
  const streams = createStreams({ watches, limits })
  const shared = createSharedReads(READS_AT_ONCE)
  const teller = createTeller(changes.announce, (error) =>
    log.warn(whereFrom(error), 'changes were not announced; whoever shows them live finds them later'),
  )
  const live: Live = {
    serve: streams.serve,
    progress: shared(createRefreshProgress(database).of),
    heads: shared(createStreamHeads(database).since),
  }
  return {
    live,
    tell: teller.tell,
    /** Ends every stream; to be called before the server stops, which waits for what is open. */
    end: streams.close,
    close: async (): Promise<void> => {
      watches.close()
      await teller.settled()
      await listening.close()
    },
  }
}
