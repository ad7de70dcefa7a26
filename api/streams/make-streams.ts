import { onTestFinished } from 'vitest'

import { startApi } from '../make-api.ts'
import { RequestProblem } from '../problems.ts'
import { createStreams, type StreamsOptions } from './live.ts'
import type { Live } from './prepare.ts'
import { createWatches } from './watches.ts'

export type Options = Partial<Omit<StreamsOptions, 'watches'>> & {
  progress?: Live['progress']
  heads?: Live['heads']
  /** When the tokens of the signed-in people expire. */
  expiresAt?: () => Date
}

const PEOPLE = new Map([
  ['good', 'person-1'],
  ['stranger', 'person-2'],
])

/** A real API whose streams show what a test says, and are told of changes by it. Stranger's user is 8. */
export async function startStreams(options: Options = {}) {
  const { progress, heads, expiresAt = () => new Date(Date.now() + 3_600_000), ...limits } = options
  const watches = createWatches({
    marks: async () => new Map(),
    isListening: () => true,
    log: { warn: () => {} },
  })
  const streams = createStreams({ watches, limits: { perUser: 8, perProcess: 100 }, ...limits })
  const api = await startApi({
    live: {
      serve: streams.serve,
      progress: progress ?? (async () => null),
      heads:
        heads ?? (async () => ({ published: [], refresh: null, views: { latest: null, complete: null } })),
    },
    users: { idBySubject: async (_issuer, subject) => (subject === 'person-1' ? 7 : 8) },
    verifyToken: async (token) => {
      const subject = PEOPLE.get(token)
      if (subject === undefined) throw new RequestProblem('Unauthenticated')
      return { subject, expiresAt: expiresAt(), sessionId: null }
    },
  })
  onTestFinished(() => {
    streams.close()
    watches.close()
  })
  return { ...api, streams, changed: (userId: number) => watches.heard([userId]) }
}
