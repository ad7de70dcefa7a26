import { pino } from 'pino'

/**
 * One logger per process: JSON lines, with an allow-list. Ids, names, counts and states may be said; whatever else is
 * handed over is left out, since a log outlives a deletion.
 */
export function createLog(process_: string, level: string) {
  return pino({
    level,
    base: { process: process_ },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      log: allowedFacts,
    },
  })
}

/** What of some facts may stand in a log. */
export const allowedFacts = (facts: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(facts).filter(([name]) => ALLOWED.has(name)))

// A message may have lines of its own that begin with `at`; a frame ends with a place in a file.
const FRAME = /^\s+at (?:[^()]+ \()?(?:file:\/\/|node:|\/)[^\s()]+:\d+:\d+\)?$/

/** Where an error without a name came from, for a developer; never its message, which may quote what it was about. */
export function whereFrom(error: unknown): { code?: unknown; constraint?: unknown; where: string } {
  if (!(error instanceof Error)) return { where: 'not an error' }
  const { code, constraint }: Error & { code?: unknown; constraint?: unknown } = error
  const frames = (error.stack ?? '').split('\n').filter((line) => FRAME.test(line))
  const first = frames.slice(0, 4).map((frame) => frame.trim())
  return { code, constraint, where: `${error.name} ${first.join(' ')}` }
}

export type Log = ReturnType<typeof createLog>

const ALLOWED = new Set([
  'activity',
  'attempt',
  'case',
  'classifications',
  'code',
  'collections',
  'constraint',
  'count',
  'failure',
  'hash',
  'host',
  'institutionId',
  'method',
  'ms',
  'outcome',
  'port',
  'position',
  'refreshNo',
  'requestId',
  'revocationNo',
  'route',
  'signal',
  'snapshotNo',
  'snapshots',
  'status',
  'userKey',
  'users',
  'versions',
  'where',
  'workflowId',
])
