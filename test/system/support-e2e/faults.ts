import { sideBySide } from '../../../connectors/standard/side-by-side.ts'
import { KINDS } from '../../../db/versioned-tables.ts'
import type { Fault, FailureName } from '../../../domain/failures.ts'
import type { Limits } from '../../../domain/refresh.ts'
import type { Behaviour } from '../../../sandbox/behaviour.ts'
import type { DoorFaultName } from '../../../sandbox/faults/door-faults.ts'
import { refreshWorkflowId } from '../../../workflows/contract.ts'
import { testPolicy } from '../moa.ts'
import { closed, type Person, until, type World } from '../world.ts'
import { press, refreshOf, tell } from './asking.ts'
import { type Engine } from './engine.ts'
import { firstDay, ledgerOf, storedIn } from './ledger.ts'

/** How the reading of a faulty institution must end, and whose fault that is. */
export type Ending =
  /** Nothing of it is used. `statedS`: what the institution asks us to wait, as far as we believe it. */
  | {
      as: 'failed'
      failure: FailureName
      fault: Fault
      tries: number
      /** It may also have been tried once only: which, the clock decides. */
      mayBeFewer: boolean
      statedS: number | null
    }
  /** What one API of one asset would have said is missing, the rest is there. */
  | { as: 'gaps'; failure: FailureName; fault: Fault }
  /** It is as if nothing had happened; after a second try, where one call alone failed. */
  | { as: 'whole'; tries: number }
  /** A mistake that nobody could know for one: it is believed, digit by digit, until the institution says otherwise. */
  | { as: 'believed'; amounts?: readonly string[] }
  /** The institution says that the consent is over, and that is its end here as well. */
  | { as: 'consent over' }

/** What an institution does to calls. */
export type Rule = Omit<Behaviour, 'institutionId'>

export type PlayedFault = {
  /** What the faulty institution does, in words. */
  name: string
  rule?: Rule
  /** What happens to its connections. */
  door?: DoorFaultName
  ends: Ending
  /** Nothing is known of the institution yet: the fault meets the first reading. */
  isFirst?: boolean
  /** It needs further pages: the institution is one of those that send few rows at once. */
  hasPages?: boolean
  /** So much has been booked since the last reading. */
  booked?: number
  /** Limits of the faulty institution alone, where it is those that end it. */
  limits?: Partial<Limits>
  /** What one try may ask, if more than a healthy reading: pages that go on until the cap. */
  mostCalls?: number
}

export const failed = (
  failure: FailureName,
  fault: Fault,
  given: { tries?: number; mayBeFewer?: boolean; statedS?: number } = {},
): Ending => ({ as: 'failed', failure, fault, tries: 1, mayBeFewer: false, statedS: null, ...given })

/** Both quick tries were made. */
export const unavailable = failed('InstitutionUnavailable', 'institution', { tries: 2 })
export const tooSlow = failed('InstitutionTooSlow', 'institution', { tries: 2 })
/** Asking again at once would bring the same. */
export const unexpected = failed('UnexpectedResponse', 'institution')
export const gaps: Ending = { as: 'gaps', failure: 'UnexpectedResponse', fault: 'institution' }
export const whole: Ending = { as: 'whole', tries: 1 }
export const wholeAtSecondTry: Ending = { as: 'whole', tries: 2 }
export const believed: Ending = { as: 'believed' }
export const consentOver: Ending = { as: 'consent over' }

// Long enough that nothing is tried again by itself while a test looks.
export const WAIT_MS = 600_000
/** Far above what a healthy reading takes on a busy machine: what ends sooner was not ended by these. */
export const faultLimits: Limits = {
  ...testPolicy.limitsFor(false),
  callMs: 30_000,
  attemptMs: 60_000,
  readingMs: 150_000,
  heartbeatMs: 20_000,
  quickTries: 2,
  waitsMs: [WAIT_MS],
}
// Above all of these together: what never comes to rest fails by name.
const PATIENCE_MS = 200_000
const SOON_MS = 30_000
// Rows enough for some pages, and few enough for a table of faults.
export const SPAN_MONTHS = 2
export const faultPolicy = { spanMonths: SPAN_MONTHS, limitsFor: () => faultLimits }

// As many as the sandbox has: one for each fault, so that none meets another.
export const INSTITUTIONS = 60
// Faults played side by side: a busy machine shall not be what makes an institution slow.
const AT_ONCE = 5
// Of each ten institutions these send few rows at once, and an empty page after each (sandbox/institutions.ts).
const PAGED_TURNS = [1, 2]

/** The last two of the plain ones are always well, and stand beside every faulty one. */
const SIBLINGS = 2

/** One fault, its person, and the three institutions of theirs. */
export type Cast = { fault: PlayedFault; person: Person; faulty: string; siblings: string[]; behind: Behind }

/** What there was before the fault. */
type Behind = { complete: number | null; rows: Record<string, string>; since: number }

/** How it stood at the end of the faulty refresh, and at the end of the one that healed it. */
export type Played = Cast & {
  during: Awaited<ReturnType<typeof factsOf>>
  /** Steps that keep a worker busy while it rests. */
  held: number
  healed: Awaited<ReturnType<typeof factsOf>>
}

/**
 * Every fault of a table, each at an institution and with a person of its own, beside two healthy ones: what is there is
 * read before, a day passes, the refresh with the fault comes to rest, another day passes, and all are well again.
 */
export async function playFaults(
  world: World,
  engine: Engine,
  faults: readonly PlayedFault[],
): Promise<Played[]> {
  const placed = placesFor(world, faults)
  const casts = await sideBySide(placed, AT_ONCE, (place) => enrolled(world, place))
  world.sandbox.control.moveClock({ advanceDays: 1 })
  const played = await sideBySide(casts, AT_ONCE, (cast) => faced(world, engine, cast))
  world.sandbox.control.resetBehaviour()
  await world.sandbox.control.openDoors()
  world.sandbox.control.moveClock({ advanceDays: 1 })
  return sideBySide(played, AT_ONCE, async (one) => ({ ...one, healed: await healed(world, one) }))
}

type Place = Pick<Cast, 'fault' | 'faulty' | 'siblings'> & { name: string }

function placesFor({ sandbox }: World, faults: readonly PlayedFault[]): Place[] {
  const banks = sandbox.institutions.map(({ institutionId }, at) => ({
    institutionId,
    hasPages: PAGED_TURNS.includes(at % 10),
  }))
  const idsOf = (hasPages: boolean) =>
    banks.filter((bank) => bank.hasPages === hasPages).map(({ institutionId }) => institutionId)
  const [paged, plain] = [idsOf(true), idsOf(false)]
  const siblings = plain.splice(-SIBLINGS)
  return faults.map((fault, at) => {
    const faulty = (fault.hasPages ? paged : plain).shift()
    if (faulty === undefined) throw new RangeError('more faults than institutions: begin another table')
    return { fault, faulty, siblings, name: `fault-${at}` }
  })
}

async function enrolled(world: World, { name, ...place }: Place): Promise<Omit<Cast, 'behind'>> {
  const { fault, faulty, siblings } = place
  if (fault.isFirst) {
    const { userId, userKey } = await world.moa.api.users.enrol('https://test', name)
    return { ...place, person: { userId, userKey, person: name, refreshNo: 0 } }
  }
  const person = await world.enrol(name, [faulty, ...siblings])
  await tell(world, person, 'consent.granted')
  await closed(world, person.userId, person.refreshNo, PATIENCE_MS)
  return { ...place, person }
}

/** The refresh that meets the fault, until it has ended or waits. */
async function faced(
  world: World,
  engine: Engine,
  cast: Omit<Cast, 'behind'>,
): Promise<Omit<Played, 'healed'>> {
  const { fault, faulty, siblings } = cast
  const { booked } = fault
  if (booked) book(world, cast, booked)
  const before = await world.moa.api.published.snapshot(cast.person.userId, 'complete')
  const behind = {
    complete: before?.snapshotNo ?? null,
    rows: await rowsOf(world, cast.person, faulty),
    since: lastCallOf(world, cast.person),
  }
  const { control } = world.sandbox
  if (fault.rule) control.behaviour({ ...fault.rule, institutionId: faulty })
  if (fault.door) await control.door({ institutionId: faulty, fault: fault.door })
  const person = fault.isFirst
    ? await world.enrol(cast.person.person, [faulty, ...siblings])
    : { ...cast.person, refreshNo: await pressed(world, cast.person) }
  if (fault.limits) await limit(world, person, faulty, fault.limits)
  await tell(world, person, 'assets.refresh_requested')
  await resting(world, person)
  const during = await factsOf(world, { ...cast, person }, behind.since)
  const held = during.refresh.closedAt ? 0 : await engine.pendingActivities(refreshWorkflowId(person))
  return { ...cast, person, behind, during, held }
}

const book = ({ sandbox }: World, { person: { person }, faulty }: Omit<Cast, 'behind'>, count: number) =>
  sandbox.control.transactions({ person, institutionId: faulty, count })

/** All is well: what had stated a time has waited for it, whoever must consent has, and the button is pressed. */
async function healed(world: World, cast: Cast & { during: Facts }) {
  const { person, faulty } = cast
  await limit(world, person, faulty, faultLimits)
  await world.moa.test.owner`
    UPDATE plans SET not_before = now(), next_try_at = now()
    WHERE user_id = ${person.userId} AND not_before > now() AND next_try_at > now()`
  if (cast.during.consent !== 'active') await consentAnew(world, cast)
  const since = lastCallOf(world, person)
  const again = { ...cast, person: { ...person, refreshNo: await press(world, person) } }
  await closed(world, person.userId, again.person.refreshNo, PATIENCE_MS)
  return factsOf(world, again, since)
}

async function consentAnew(world: World, { person, faulty }: Pick<Cast, 'person' | 'faulty'>): Promise<void> {
  const again = await world.enrol(person.person, [faulty])
  await tell(world, again, 'consent.granted')
  await closed(world, person.userId, again.refreshNo, PATIENCE_MS)
}

/** The button, without a word to the engine: the plan may still be changed. */
const pressed = async ({ moa }: World, { userId }: Person): Promise<number> =>
  refreshOf(
    await moa.api.events.record(userId, {
      type: 'assets.refresh_requested',
      institutionId: null,
      idempotencyKey: null,
    }),
  )

const limit = ({ moa }: World, { userId }: Person, institutionId: string, limits: Partial<Limits>) =>
  moa.test.owner`
    UPDATE plans SET limits = limits || ${moa.test.owner.json(limits)}
    WHERE user_id = ${userId} AND institution_id = ${institutionId}`

/** Ended; or parked, with nothing due before somebody looks. */
const resting = (world: World, { userId, refreshNo }: Person) =>
  until(
    `refresh ${refreshNo} of user ${userId} to rest`,
    async () => {
      const refresh = await world.moa.api.progress.of(userId, refreshNo)
      if (refresh?.state !== 'parked') return refresh?.closedAt
      return refresh.readings.every(
        ({ nextTryAt }) => nextTryAt === null || nextTryAt.getTime() > Date.now() + SOON_MS,
      )
    },
    PATIENCE_MS,
  )

type Facts = Awaited<ReturnType<typeof factsOf>>

/** Everything that may be said of a refresh when it rests. */
async function factsOf(world: World, { person, faulty, siblings }: Omit<Cast, 'behind'>, since: number) {
  const { userId, refreshNo } = person
  const { owner } = world.moa.test
  const [plan] = await owner<Plan[]>`
    SELECT state, failure, waits, not_before AS "notBefore", next_try_at AS "nextTryAt", changed_at AS "settledAt"
    FROM plans WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND institution_id = ${faulty}`
  const attempts = await owner<Try[]>`
    SELECT institution_id AS "institutionId", outcome, failure, calls, started_at AS "startedAt",
      (extract(epoch FROM ended_at - started_at) * 1000)::int AS ms
    FROM attempts WHERE user_id = ${userId} AND refresh_no = ${refreshNo} ORDER BY started_at`
  const [consent] = await owner<{ state: string }[]>`
    SELECT consent_state AS state FROM user_institutions
    WHERE user_id = ${userId} AND institution_id = ${faulty}`
  const calls = world.sandbox.control
    .calls({ person: person.person })
    .filter(({ no, api }) => no > since && api !== 'oauth-token')
  const latest = await world.moa.api.published.snapshot(userId, 'latest')
  const complete = await world.moa.api.published.snapshot(userId, 'complete')
  const ofFaulty = calls.filter(({ institutionId }) => institutionId === faulty)
  return {
    refresh: (await world.moa.api.progress.of(userId, refreshNo))!,
    plan: plan!,
    attempts: attempts.filter(({ institutionId }) => institutionId === faulty),
    attemptsOfSiblings: attempts.filter(({ institutionId }) => siblings.includes(institutionId)),
    consent: consent?.state,
    calls: ofFaulty,
    struck: ofFaulty.filter(({ rule }) => rule !== null).length,
    callsOfSiblings: calls.filter(({ institutionId }) => siblings.includes(institutionId)),
    parts: new Map(latest?.coverage.map((part) => [part.institutionId, part])),
    complete: complete?.snapshotNo ?? null,
    rows: await rowsOf(world, person, faulty),
    gaps: await gapsOf(world, person, faulty, latest?.snapshotNo ?? 0),
    newestAmounts: await newestAmountsOf(world, person, faulty),
    told: (await storedIn(world, person, latest?.snapshotNo ?? 0)).filter(({ isShared }) => isShared),
    truth: await truthOf(world, person, [faulty, ...siblings]),
    truthOfSiblings: await truthOf(world, person, siblings),
  }
}

/** What is not shared is listed, and nothing more is known of it. */
const truthOf = async (world: World, person: Person, institutionIds: readonly string[]) =>
  (await ledgerOf(world, person, { institutionIds, from: firstDay(SPAN_MONTHS) })).filter(
    ({ isShared }) => isShared,
  )

const newestAmountsOf = async ({ moa }: World, { userId }: Person, institutionId: string) => {
  const rows = await moa.test.owner<{ amount: string }[]>`
    SELECT DISTINCT trim_scale(amount)::text AS amount FROM transactions
    WHERE user_id = ${userId} AND institution_id = ${institutionId} AND removed_seq IS NULL
      AND introduced_seq = (SELECT max(seq) FROM collections
        WHERE user_id = ${userId} AND institution_id = ${institutionId})`
  return rows.map(({ amount }) => amount)
}

const gapsOf = async ({ moa }: World, { userId }: Person, institutionId: string, snapshotNo: number) => {
  const rows = await moa.test.owner<{ account: string; api: string; failure: string }[]>`
    SELECT gap->>'accountKey' AS account, gap->>'api' AS api, gap->>'failure' AS failure
    FROM snapshot_institutions, jsonb_array_elements(gaps) gap
    WHERE user_id = ${userId} AND snapshot_no = ${snapshotNo} AND institution_id = ${institutionId}`
  return rows.map((row) => ({ ...row }))
}

type Plan = {
  state: string
  failure: FailureName | null
  waits: number
  notBefore: Date | null
  nextTryAt: Date | null
  settledAt: Date
}
type Try = {
  institutionId: string
  outcome: string | null
  failure: FailureName | null
  calls: number
  startedAt: Date
  ms: number | null
}

const lastCallOf = ({ sandbox }: World, { person }: Person): number =>
  sandbox.control.calls({ person }).at(-1)?.no ?? 0

/** A fingerprint of all rows of a person at an institution, by table, API and account: none may change unseen. */
async function rowsOf({ moa }: World, { userId }: Person, institutionId: string) {
  const prints = await Promise.all(
    KINDS.map((table) =>
      moa.test.owner.unsafe<{ place: string; print: string }[]>(
        `SELECT concat(api, ' ', to_jsonb(r)->>'account_key') AS place,
           md5(string_agg(r::text, '|' ORDER BY r::text)) AS print FROM ${table} r
         WHERE user_id = ${userId} AND institution_id = '${institutionId}' GROUP BY place`,
      ),
    ),
  )
  return Object.fromEntries(
    prints.flatMap((rows, at) => rows.map(({ place, print }) => [`${KINDS[at]} ${place}`, print])),
  )
}
