import type { Scope } from './event-map.ts'
import { INDUSTRIES_WITH_SPENDING } from './event-map.ts'
import type { ConsentState, PlanState } from './refresh.ts'

/** One consented institution as the rows stand, under the user's lock. */
export type InstitutionView = {
  institutionId: string
  industry: string
  generation: number
  consent: ConsentState
  /** Its reading failed without a name too often: nobody reads it until a developer puts it back. */
  isSetAside: boolean
  /** How old its data may grow, where its user chose that for it alone; null: as old as the user's others. */
  cycleMs: number | null
  /** The newest collection that was not erased, published or not. */
  stored: { seq: number; generation: number; asOf: Date } | null
  /** Its part in the latest published snapshot, unless absent. */
  published: { seq: number; generation: number; asOf: Date } | null
  /** Its row in the open refresh. */
  row: {
    state: PlanState
    round: number
    notOlderThan: Date
    /** Nobody may try before: the institution itself said so. */
    notBefore: Date | null
    /** When it came into its state: of one that failed, when it did. */
    changedAt: Date
  } | null
}

/** What an event asks for. */
export type Asked = {
  notOlderThan: Date
  scope: Scope
  institutionId: string | null
  isButton: boolean
}

export type Situation = {
  now: Date
  isOpen: boolean
  /** When a button may next mean "try again now" for what has failed; null: at once. */
  tryAgainFrom: Date | null
  /** The bound of institutions that the event is not about and that have no cycle of their own: now − the user's cycle. */
  cycleBound: Date
  institutions: readonly InstitutionView[]
}

/** One change of the plan. Each reset opens a new round, so that what an older round brings is fenced. */
export type PlanChange =
  | { change: 'insert'; institutionId: string; notOlderThan: Date; collectedSeq: number | null }
  | { change: 'tighten'; institutionId: string; notOlderThan: Date }
  | { change: 'reset'; institutionId: string; notOlderThan: Date }

export type Decision =
  | { outcome: 'fresh'; asOf: Date | null }
  | { outcome: 'started' | 'joined'; changes: PlanChange[]; triesAgain: boolean }
  | { outcome: 'deferred'; because: DeferredBecause; nextAllowedAt: Date }
  | { outcome: 'rejected'; because: 'no_consent' | 'needs_user' | 'set_aside' }

/** Why a button does nothing now: it was pressed too often, or the institution named a time. */
export type DeferredBecause = 'too_many_tries' | 'institution_asks_to_wait'

/**
 * What an event costs, from the rows alone. Freshness is judged by what is published: collections that a cancelled
 * refresh left behind make an event `started` with little to call, never `fresh`.
 */
export function decide(asked: Asked, situation: Situation): Decision {
  const { institutions } = situation
  if (asked.scope === 'what-remains') {
    return { outcome: situation.isOpen ? 'joined' : 'started', changes: [], triesAgain: false }
  }
  const inScope = institutions.filter((institution) => isInScope(institution, asked))
  const readable = inScope.filter(isReadable)
  if (readable.length === 0) return { outcome: 'rejected', because: whyUnreadable(inScope) }

  const lacking = readable.filter(({ published }) => !published || published.asOf < asked.notOlderThan)
  if (lacking.length === 0 && !institutions.some(hasUnpublished)) {
    return { outcome: 'fresh', asOf: oldest(readable) }
  }
  if (situation.isOpen) return joined(lacking, asked, situation)
  return {
    outcome: 'started',
    changes: open(situation, lacking, asked.notOlderThan),
    triesAgain: false,
  }
}

const isReadable = ({ consent, isSetAside }: InstitutionView): boolean => consent === 'active' && !isSetAside

function whyUnreadable(inScope: readonly InstitutionView[]): 'no_consent' | 'needs_user' | 'set_aside' {
  if (inScope.some(({ consent }) => consent === 'needs_user')) return 'needs_user'
  return inScope.some(({ consent }) => consent === 'active') ? 'set_aside' : 'no_consent'
}

function isInScope({ institutionId, industry }: InstitutionView, asked: Asked): boolean {
  switch (asked.scope) {
    case 'all':
      return true
    case 'industries-with-spending':
      return INDUSTRIES_WITH_SPENDING.includes(industry)
    case 'one-institution':
      return institutionId === asked.institutionId
    case 'what-remains':
      return false
  }
}

const hasUnpublished = ({ consent, stored, published }: InstitutionView): boolean =>
  consent !== 'ended' && stored !== null && stored.seq > (published?.seq ?? 0)

/** Whether what is stored already answers the bound, under the consent as it is now. */
const storedAnswers = ({ stored, generation }: InstitutionView, bound: Date): boolean =>
  stored !== null && stored.generation === generation && stored.asOf >= bound

/**
 * A new refresh reads what the event lacks, and what would otherwise keep the snapshot from ever being complete. A cycle
 * of one's own travels in a row, read or not: the refresh is judged by what it was when it began.
 */
function open(
  { institutions, now, cycleBound }: Situation,
  lacking: readonly InstitutionView[],
  bound: Date,
): PlanChange[] {
  return institutions.flatMap((institution) => {
    if (lacking.includes(institution)) return [insert(institution, bound)]
    const { cycleMs } = institution
    if (!isReadable(institution)) return []
    if (cycleMs !== null) return [insert(institution, new Date(now.getTime() - cycleMs))]
    return storedAnswers(institution, cycleBound) ? [] : [insert(institution, cycleBound)]
  })
}

function insert(institution: InstitutionView, notOlderThan: Date): PlanChange {
  const collectedSeq = storedAnswers(institution, notOlderThan) ? institution.stored!.seq : null
  return { change: 'insert', institutionId: institution.institutionId, notOlderThan, collectedSeq }
}

/** Joins by rows. A button that could only try again what may not be tried yet ends here: the user is told when. */
function joined(lacking: readonly InstitutionView[], asked: Asked, situation: Situation): Decision {
  const held = asked.isButton ? lacking.flatMap((institution) => heldBack(institution, situation) ?? []) : []
  if (held.length > 0 && held.length === lacking.length) return held.reduce(earlier)
  const changes = lacking.flatMap((institution) => join(institution, asked, situation))
  const triesAgain =
    asked.isButton && lacking.some((one) => one.row?.state === 'failed' && !heldBack(one, situation))
  return { outcome: 'joined', changes, triesAgain }
}

type Deferred = Extract<Decision, { outcome: 'deferred' }>

/** Whether a failed row may not be tried again now, whoever presses. */
function heldBack({ row }: InstitutionView, { now, tryAgainFrom }: Situation): Deferred | null {
  if (row?.state !== 'failed') return null
  if (row.notBefore && row.notBefore > now) {
    return { outcome: 'deferred', because: 'institution_asks_to_wait', nextAllowedAt: row.notBefore }
  }
  if (!tryAgainFrom || tryAgainFrom <= now) return null
  return { outcome: 'deferred', because: 'too_many_tries', nextAllowedAt: tryAgainFrom }
}

const earlier = (one: Deferred, other: Deferred): Deferred =>
  one.nextAllowedAt <= other.nextAllowedAt ? one : other

function join(institution: InstitutionView, asked: Asked, situation: Situation): PlanChange[] {
  const { notOlderThan, isButton } = asked
  const { row, institutionId } = institution
  if (!row) return [insert(institution, notOlderThan)]
  const tighten: PlanChange[] =
    notOlderThan > row.notOlderThan ? [{ change: 'tighten', institutionId, notOlderThan }] : []
  const reset: PlanChange[] = [{ change: 'reset', institutionId, notOlderThan }]
  switch (row.state) {
    case 'pending':
      return tighten
    case 'collecting': // that reading began before this was asked; unless its bound covers it, it must be read again
      return tighten.length > 0 ? reset : []
    case 'collected':
      return storedAnswers(institution, notOlderThan) ? tighten : reset
    case 'failed': // a button shortens a wait; an event only one that began before what it asks for, or it has no answer
      return (isButton || row.changedAt < notOlderThan) && !heldBack(institution, situation) ? reset : tighten
    case 'excused': // an operator's word holds for this refresh
      return tighten
    case 'withdrawn':
      return reset
  }
}

function oldest(institutions: readonly InstitutionView[]): Date | null {
  const instants = institutions.flatMap(({ published }) => (published ? [published.asOf.getTime()] : []))
  return instants.length > 0 ? new Date(Math.min(...instants)) : null
}
