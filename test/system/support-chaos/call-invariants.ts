import type { Call } from '../../../sandbox/call-log.ts'
import type { Person } from '../world.ts'
import type { EndedConsent, Evidence, Violation } from './invariants.ts'

/** From the answer that a consent has ended: no call begins later than this. */
const STOPS_WITHIN_MS = 1_000
/** A call that is made again because its kept connection was closed: the institution may have seen the first. */
const SAID_TWICE = 1

type Round = {
  userId: number
  institutionId: string
  /** Tries that were begun, and those of them that the institution made fail. */
  tries: number
  failed: number
  quickTries: number
}

/** What the institutions saw of us, against what we may do. */
export async function callViolations(evidence: Evidence): Promise<Violation[]> {
  const calls = evidence.sandbox.control.calls()
  const found: Violation[] = [
    {
      invariant: 'I5',
      says: 'an institution was asked for what the standard forbids',
      rows: evidence.sandbox.control.violations().violations,
    },
    { invariant: 'I5', says: 'a round was tried too often', rows: await triedTooOften(evidence) },
    { invariant: 'I5', says: 'a person was read with too many calls', rows: await tooMany(evidence, calls) },
    {
      invariant: 'I5',
      says: 'a call was made before the time that its institution had named',
      rows: await tooEarly(evidence, calls),
    },
    {
      invariant: 'I5',
      says: 'more people were read at once than an institution bears',
      rows: await tooManyAtOnce(evidence, calls),
    },
    ...(await ends(evidence, calls)),
  ]
  return found.filter(({ rows }) => rows.length > 0)
}

const isData = ({ api }: Call): boolean => !api.startsWith('oauth') && !api.startsWith('token')

/** What our own storage, our own faults or a death ended is no try at the institution's expense beyond its calls. */
const roundsOf = ({ moa, people }: Evidence) => moa.test.owner<Round[]>`
  SELECT a.user_id::int AS "userId", a.institution_id AS "institutionId", count(*)::int AS tries,
    count(*) FILTER (WHERE a.failure IN ('InstitutionUnavailable', 'InstitutionTooSlow'))::int AS failed,
    max((p.limits ->> 'quickTries')::int) AS "quickTries"
  FROM attempts a JOIN plans p USING (user_id, refresh_no, institution_id)
  WHERE a.user_id = ANY (${people.map(({ userId }) => userId)})
  GROUP BY a.user_id, a.refresh_no, a.institution_id, a.round`

const triedTooOften = async (evidence: Evidence) =>
  (await roundsOf(evidence)).filter(({ failed, quickTries }) => failed > quickTries)

/** No try takes more calls than the longest reading that went well; a try that was killed counts like any other. */
async function tooMany(evidence: Evidence, calls: readonly Call[]): Promise<object[]> {
  const { owner } = evidence.moa.test
  const longest = await owner<{ institutionId: string; pages: number }[]>`
    SELECT institution_id AS "institutionId", max(calls)::int AS pages FROM attempts
    WHERE outcome IN ('changed', 'unchanged') AND calls > 0 GROUP BY institution_id`
  const rounds = await roundsOf(evidence)
  return evidence.people.flatMap(({ person, userId, userKey }) =>
    longest.flatMap(({ institutionId, pages }) => {
      const mine = rounds.filter((one) => one.userId === userId && one.institutionId === institutionId)
      const allowed = mine.reduce((sum, { tries }) => sum + tries, 0) * (pages + SAID_TWICE)
      const made = calls.filter(
        (call) => call.person === person && call.institutionId === institutionId && isData(call),
      ).length
      return made > allowed ? [{ userKey, institutionId, made, allowed }] : []
    }),
  )
}

/** A row that waits for a named time says since when it does. */
async function tooEarly({ moa, people }: Evidence, calls: readonly Call[]): Promise<object[]> {
  const waiting = await moa.test.owner<
    { userId: number; institutionId: string; since: Date; notBefore: Date }[]
  >`
    SELECT user_id::int AS "userId", institution_id AS "institutionId", changed_at AS since, not_before AS "notBefore"
    FROM plans WHERE state = 'failed' AND not_before IS NOT NULL`
  return waiting.flatMap(({ userId, institutionId, since, notBefore }) => {
    const person = nameOf(people, userId)
    const early = calls.filter(
      (call) =>
        call.person === person &&
        call.institutionId === institutionId &&
        call.at > since.getTime() &&
        call.at < notBefore.getTime(),
    )
    return early.map(({ api, at }) => ({ userId, institutionId, api, at: new Date(at), notBefore }))
  })
}

const nameOf = (people: readonly Person[], userId: number) =>
  people.find((one) => one.userId === userId)?.person

/** People, not calls: one reading asks for several assets side by side. */
async function tooManyAtOnce({ moa }: Evidence, calls: readonly Call[]): Promise<object[]> {
  const limits = await moa.test.owner<{ institutionId: string; concurrency: number }[]>`
    SELECT institution_id AS "institutionId", concurrency FROM institutions`
  return limits.flatMap(({ institutionId, concurrency }) => {
    const theirs = calls.filter((call) => call.institutionId === institutionId && isData(call))
    const most = mostAtOnce(theirs)
    return most > concurrency ? [{ institutionId, concurrency, most }] : []
  })
}

function mostAtOnce(calls: readonly Call[]): number {
  const moments = calls
    .flatMap(({ at, endedAt, person }) => [
      { at, step: 1, person },
      { at: endedAt ?? Infinity, step: -1, person },
    ])
    .toSorted((a, b) => a.at - b.at || a.step - b.step)
  const inFlight = new Map<string | null, number>()
  let most = 0
  for (const { person, step } of moments) {
    const left = (inFlight.get(person) ?? 0) + step
    if (left > 0) inFlight.set(person, left)
    else inFlight.delete(person)
    most = Math.max(most, inFlight.size)
  }
  return most
}

/** After the end of a consent was answered: no call later than a second, and nothing collected, until it is given anew. */
async function ends(evidence: Evidence, calls: readonly Call[]): Promise<Violation[]> {
  const called: object[] = []
  const collected: object[] = []
  for (const end of evidence.ended ?? []) {
    const userId = evidence.people.find(({ person }) => person === end.person)?.userId ?? -1
    const until = await givenAgainAt(evidence, userId, end)
    const late = calls.filter(
      (call) =>
        call.person === end.person &&
        call.institutionId === end.institutionId &&
        isData(call) &&
        call.at > end.returnedAt + STOPS_WITHIN_MS &&
        call.at < until,
    )
    called.push(...late.map(({ api, at }) => ({ ...end, api, lateMs: at - end.returnedAt })))
    const rows = await evidence.moa.test.owner`
      SELECT user_id, institution_id, seq, generation, collected_at FROM collections
      WHERE user_id = ${userId} AND institution_id = ${end.institutionId}
        AND collected_at > ${new Date(end.returnedAt)} AND collected_at < ${new Date(until)}`
    collected.push(...rows)
  }
  return [
    { invariant: 'I7', says: 'a call was made after the end of its consent', rows: called },
    { invariant: 'I7', says: 'rows were stored after the end of their consent', rows: collected },
  ]
}

const FAR = Date.parse('9999-12-31T00:00:00Z')

async function givenAgainAt({ moa }: Evidence, userId: number, end: EndedConsent): Promise<number> {
  const [row] = await moa.test.owner<{ at: Date | null }[]>`
    SELECT min(granted_at) AS at FROM consents WHERE user_id = ${userId}
      AND institution_id = ${end.institutionId} AND granted_at > ${new Date(end.returnedAt)}`
  return row?.at?.getTime() ?? FAR
}
