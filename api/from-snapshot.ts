import { hash } from 'node:crypto'

import { z } from 'zod'

import type { Missing, Published, PublishedRows, SnapshotSeen, Wanted } from '../db/published.ts'
import { headOf } from './answers/head.ts'
import { invalid, RequestProblem } from './problems.ts'
import { answer, type Asked } from './route.ts'

export type PublishedDeps = {
  published: Pick<Published, 'at'>
  /** Moves with every change of the code that shapes answers, so that nobody keeps one of an earlier form. */
  answersVersion: string
}

const view = z.enum(['latest', 'complete']).default('latest').meta({
  description: 'latest: the newest published, with what it lacks. complete: the newest that lacks nothing.',
})

// A plus sign in an address is a space unless it was written as %2B; no instant has a space before its offset.
const asOf = z
  .string()
  .transform((text) => text.replace(/ (?=\d\d:\d\d$)/, '+'))
  .pipe(z.iso.datetime({ offset: true, error: 'an instant of RFC 3339 was expected' }))
  .transform((text) => new Date(text))
  .optional()
  .meta({
    description: 'An instant that has passed: the snapshot of that view which was the newest then.',
    onTheWire: { type: 'string', format: 'date-time' },
  })

/** Which snapshot: what every read of one may be asked with. */
export const selection = z.strictObject({ view, as_of: asOf })

export const SNAPSHOT_PROBLEMS = ['NothingPublished', 'NothingPublishedThen', 'SnapshotPurged'] as const

type AnyAsked = Pick<Asked<unknown, unknown, unknown, unknown>, 'request' | 'response' | 'userId'>
type View = z.output<typeof selection>

export const wantedBy = ({ view: wanted, as_of }: View): Wanted => ({ view: wanted, asOf: as_of ?? null })

/**
 * Answers from one snapshot. Whoever names what this would answer (If-None-Match) is told that nothing changed, before
 * any of its rows are read.
 */
export async function fromSnapshot<Body>(
  { published, answersVersion }: PublishedDeps,
  { request, response, userId }: AnyAsked,
  wanted: Wanted,
  read: (seen: SnapshotSeen, rows: PublishedRows) => Promise<Body>,
): Promise<ReturnType<typeof answer<200, Body>> | 'written'> {
  const id = userId()
  const seen = await published.at(id, wanted, async (snapshot, rows) => {
    const etag = etagOf(snapshot, [answersVersion, id, request.originalUrl])
    response.set({ etag, 'cache-control': 'private, no-cache', vary: 'Authorization' })
    return isKnown(request.get('if-none-match'), etag) ? null : { body: await read(snapshot, rows) }
  })
  if ('missing' in seen) throw problemOf(seen.missing)
  if (seen.found) return answer(200, seen.found.body)
  response.status(304).end()
  return 'written'
}

/** Equal for equal answers: the end of a consent, which alone changes what is shown, shows in coverage and analyses. */
function etagOf(seen: SnapshotSeen, given: readonly (string | number)[]): string {
  const facts = hash('sha256', JSON.stringify([headOf(seen), seen.analyses, ...given]), 'base64url')
  return `"${seen.snapshotNo}-${facts.slice(0, 22)}"`
}

/** Compared without regard to W/, as RFC 9110 has it; programs that name a tag also say no-cache, which changes nothing. */
export const isKnown = (known: string | undefined, etag: string): boolean =>
  known?.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, ''))) ?? false

function problemOf(missing: Missing): RequestProblem {
  switch (missing) {
    case 'never':
      return new RequestProblem('NothingPublished')
    case 'not_then':
      return new RequestProblem('NothingPublishedThen')
    case 'purged':
      return new RequestProblem('SnapshotPurged')
    case 'not_yet':
      return invalid('as_of', 'an instant that has passed was expected')
  }
}
