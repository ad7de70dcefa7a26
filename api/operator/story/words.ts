import { FAILURES, isFailureName } from '../../../domain/failures.ts'
import { kstDateTime } from '../../../domain/time.ts'
import { between, lasting } from './durations.ts'
import type { Entry } from './timeline.ts'
import { NOT_YET } from './waits.ts'

/** An entry in words that can be read at night. Names failures as everything else does; never data. */
export function wordsOf(entry: Entry, now: string): string {
  switch (entry.kind) {
    case 'opened':
      return `opened by ${entry.event}${about(entry)} (event ${entry.eventId})`
    case 'joined':
      return `joined by ${entry.event}${about(entry)} (event ${entry.eventId})`
    case 'begun':
      return `its run has begun${entry.runId ? ` (${entry.runId})` : ''}`
    case 'attempt':
      return attemptWords(entry, now)
    case 'wait':
    case 'parked':
      return waitWords(entry, now)
    case 'order':
      return orderWords(entry)
    case 'cut':
      return cutWords(entry)
    case 'published':
      return `snapshot ${entry.snapshotNo} published ${entry.status}${lackingWords(entry)}`
    case 'closed':
      return `closed ${entry.state}${entry.because ? `: ${entry.because}` : ''}`
    case 'deadline':
      return `deadline, in ${lasting(between(now, entry.at))}: what is missing then stays missing`
  }
}

/** Who is at fault and who must act, for a failure by its name. */
export function blameOf(failure: string): string {
  if (!isFailureName(failure)) return ''
  const { fault, acts } = FAILURES[failure]
  const who = acts === 'nobody' ? 'nobody need act' : `the ${acts} must act`
  return `${fault === 'nobody' ? 'nobody is' : fault === 'us' ? 'we are' : `the ${fault} is`} at fault; ${who}`
}

/** The clock in Korea, to the second, without a day: what a timeline of one day shows. */
export const kstClock = (at: string): string => kstDateTime(new Date(at)).slice(11)

type Of<K extends Entry['kind']> = Extract<Entry, { kind: K }>

const about = ({ institutionId }: { institutionId: string | null }): string =>
  institutionId === null ? '' : ` about ${institutionId}`

function attemptWords(entry: Of<'attempt'>, now: string): string {
  const { institutionId, round, attempt, at, until, outcome, failure } = entry
  const which = `${institutionId}, round ${round}, try ${attempt}`
  if (until === null || outcome === null) return `${which}: being read for ${lasting(between(at, now))}`
  const cost = [lasting(between(at, until)), ...costOf(entry)].join(', ')
  if (outcome === 'abandoned')
    return `${which}: abandoned (${cost}): its worker died, or its refresh was closed`
  return `${which}: ${failure ?? outcome} (${cost})`
}

const costOf = ({ calls, rows, outcome }: Of<'attempt'>): string[] => [
  ...(calls === null ? [] : [`${calls} ${calls === 1 ? 'call' : 'calls'}`]),
  ...(rows === null || outcome !== 'changed' ? [] : [`${rows} ${rows === 1 ? 'row' : 'rows'}`]),
]

function waitWords(
  { kind, at, until, institutionId, because, held }: Of<'wait' | 'parked'>,
  now: string,
): string {
  const who = institutionId ?? 'the refresh'
  const why = `${isNotYet(because) ? NOT_YET[because] : because}${held === undefined ? '' : ` (${held})`}`
  if (until !== null && until <= now) return `${who} waited ${lasting(between(at, until))}: ${why}`
  const since = `${who} waits since ${lasting(between(at, now))}: ${why}`
  if (until !== null) {
    const what = kind === 'parked' ? 'wakes' : 'next try'
    return `${since}; ${what} ${kstClock(until)}, in ${lasting(between(now, until))}`
  }
  return isFailureName(because) && FAILURES[because].acts === 'user' ? `${since}; until the user acts` : since
}

const isNotYet = (because: string): because is keyof typeof NOT_YET => Object.hasOwn(NOT_YET, because)

function orderWords({
  action,
  by,
  via,
  why,
  institutionId,
  institutionIds,
  outcome,
  because,
}: Of<'order'>): string {
  const named = institutionIds ?? (institutionId === null ? [] : [institutionId])
  const what = `${action}${named.length === 0 ? '' : ` about ${named.join(', ')}`}`
  const who = `by ${by}${via === 'engine' ? ' through the engine' : ''}`
  const came = [outcome, because].filter((word) => word !== null).join(': ')
  return `${what}, ${who}${came === '' ? '' : `, ${came}`}${why === null ? '' : ` (“${why}”)`}`
}

const cutWords = ({ snapshotNo, status }: Of<'cut'>): string =>
  status === 'building'
    ? `snapshot ${snapshotNo} is being made: cut, classified, analysed`
    : `snapshot ${snapshotNo} was cut and discarded: something newer took its place`

function lackingWords({ lacking }: Of<'published'>): string {
  if (lacking.length === 0) return ''
  const parts = lacking.map(({ institutionId, state, reason, isRequired }) => {
    const why = [...(reason === null ? [] : [reason]), ...(isRequired ? [] : ['not required'])].join(', ')
    return `${institutionId} ${state.replace('_', ' ')}${why === '' ? '' : ` (${why})`}`
  })
  return `; ${parts.join('; ')}`
}
