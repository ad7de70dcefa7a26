import type { Behaviour } from './behaviour.ts'
import type { Call, CallFilter, Chain } from './call-log.ts'
import { type ClockReading, instantOf } from './clock.ts'
import { FULL_SCOPES, type Grant, type IssuedTokens } from './consents.ts'
import { ControlError } from './control-error.ts'
import type { Industry, Institution } from './institutions.ts'
import { addMonths, DAY_MS, dayFrom, dayOf, dayText } from './kst.ts'
import type { Truth } from './ledger.ts'
import {
  amendApproval,
  type Amendment,
  cancelApproval,
  type NewApprovals,
  plantApprovals,
  type WhichApproval,
} from './plant-approvals.ts'
import { closeAccount, type NewTransactions, type Plant, plant, plantTransactions } from './plant.ts'
import { type LedgerQuery, truthAbout } from './truth.ts'
import type { ViolationReport } from './violations.ts'
import type { World } from './world.ts'

export type ConsentOrder = {
  person: string
  institutionIds: readonly string[]
  /** YYYY-MM-DD; default a year from now. */
  endsOn?: string | undefined
  scope?: string | undefined
  /** Whether memos and merchant names may be sent; default true. */
  memo?: boolean | undefined
}
export type CodeOrder = Omit<ConsentOrder, 'institutionIds'> & { institutionId: string }
export type ClockOrder = {
  advanceDays?: number | undefined
  advanceSeconds?: number | undefined
  now?: string | undefined
}

/** What tests, benchmarks and the demo do to the outside world; the HTTP control routes call the same functions. */
export type Control = {
  consents: (order: ConsentOrder) => IssuedTokens[]
  codes: (order: CodeOrder) => { code: string }
  expireAccess: (order: { person: string; institutionId: string }) => { expired: boolean }
  ledger: (query: LedgerQuery) => Truth
  calls: (filter?: CallFilter) => Call[]
  chains: (filter?: CallFilter) => Chain[]
  violations: () => ViolationReport
  resetViolations: () => void
  clock: () => ClockReading
  moveClock: (order: ClockOrder) => ClockReading
  behaviour: (rule: Behaviour) => void
  resetBehaviour: () => void
  plant: (order: Plant) => { accountNum: string }
  transactions: (order: NewTransactions) => { accountNum: string; added: number }
  approvals: (order: NewApprovals) => ReturnType<typeof plantApprovals>
  cancelApproval: (which: WhichApproval) => ReturnType<typeof cancelApproval>
  amendApproval: (which: Amendment) => ReturnType<typeof amendApproval>
  closeAccount: (order: { person: string; institutionId: string; accountNum: string }) => {
    accountNum: string
  }
}

/** 64: the tokens of a person with a longer id would not fit their 1,500 characters. */
const MAX_PERSON_CHARACTERS = 64

export function createControl(world: World): Control {
  const all = [...world.institutions.values()]
  const consents = (order: ConsentOrder) => {
    const person = personOf(world, order.person)
    const institutions = order.institutionIds.map((id) => institutionOf(world, id))
    const issued = institutions.map(({ institutionId, industry }) =>
      world.consents.issue(person, institutionId, grantOf(world, order, industry)),
    )
    world.changed()
    return issued
  }
  const codes = (order: CodeOrder) => {
    const { institutionId, industry } = institutionOf(world, order.institutionId)
    const grant = grantOf(world, order, industry)
    const code = world.consents.issueCode(personOf(world, order.person), institutionId, grant)
    world.changed()
    return { code }
  }
  const expireAccess = ({ person, institutionId }: { person: string; institutionId: string }) => {
    const expired = world.consents.expireAccess(person, institutionId)
    world.changed()
    return { expired }
  }
  const moveClock = (order: ClockOrder) => {
    move(world, order)
    world.changed()
    return world.clock.read()
  }
  return {
    consents,
    codes,
    expireAccess,
    ledger: (query) => {
      const asked = query.institutionId
      return truthAbout(world, query, asked === undefined ? all : [institutionOf(world, asked)])
    },
    calls: world.calls.list,
    chains: world.calls.chains,
    violations: world.violations.report,
    resetViolations: world.violations.reset,
    clock: world.clock.read,
    moveClock,
    behaviour: (rule) => {
      if (rule.institutionId !== '*') institutionOf(world, rule.institutionId)
      world.behaviours.set(rule)
    },
    resetBehaviour: world.behaviours.reset,
    plant: (order) => plant(world, institutionOf(world, order.institutionId, 'bank'), order),
    transactions: (order) =>
      plantTransactions(world, institutionOf(world, order.institutionId, 'bank'), order),
    approvals: (order) => plantApprovals(world, institutionOf(world, order.institutionId, 'card'), order),
    cancelApproval: (which) =>
      cancelApproval(world, institutionOf(world, which.institutionId, 'card'), which),
    amendApproval: (which) => amendApproval(world, institutionOf(world, which.institutionId, 'card'), which),
    closeAccount: (order) => closeAccount(world, institutionOf(world, order.institutionId), order),
  }
}

function move({ clock }: World, { advanceDays, advanceSeconds, now }: ClockOrder): void {
  const instant = now === undefined ? undefined : instantOf(now)
  if (now !== undefined && instant === undefined)
    throw new ControlError('now: YYYY-MM-DD, YYYYMMDDhhmmss (Korea) or ISO 8601 with a zone')
  if (advanceDays === undefined && advanceSeconds === undefined && instant === undefined)
    throw new ControlError('one of advanceDays, advanceSeconds, now')
  try {
    if (instant !== undefined) clock.set(instant)
    clock.advance((advanceDays ?? 0) * DAY_MS + (advanceSeconds ?? 0) * 1000)
  } catch (error) {
    throw error instanceof RangeError ? new ControlError(error.message) : error
  }
}

function grantOf(
  world: World,
  order: Pick<ConsentOrder, 'endsOn' | 'scope' | 'memo'>,
  industry: Industry,
): Grant {
  const endsOn = order.endsOn ?? dayText(addMonths(dayOf(world.clock.now()), 12))
  if (dayFrom(endsOn) === undefined) throw new ControlError('endsOn: YYYY-MM-DD')
  return { scope: order.scope ?? FULL_SCOPES[industry], endsOn, memo: order.memo ?? true }
}

function personOf(world: World, person: string): string {
  if (person.length === 0 || person.length > MAX_PERSON_CHARACTERS || /[|\p{Cc}]/u.test(person))
    throw new ControlError(`person: 1 to ${MAX_PERSON_CHARACTERS} characters, no | and no control characters`)
  if (!world.consents.people.has(person) && world.consents.people.size >= world.maxPeople)
    throw new ControlError(`more than ${world.maxPeople} people: raise maxPeople`)
  return person
}

function institutionOf(world: World, institutionId: string, industry?: Industry): Institution {
  const institution = world.institutions.get(institutionId)
  if (!institution) throw new ControlError('institutionId: no such institution')
  if (industry !== undefined && institution.industry !== industry)
    throw new ControlError(`institutionId: expected a ${industry} institution`)
  return institution
}
