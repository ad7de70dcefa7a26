import type { Call, CallFilter, Chain } from './call-log.ts'
import { type ClockReading, instantOf } from './clock.ts'
import { ControlError } from './control-error.ts'
import { createFaultControl, type FaultControl } from './fault-control.ts'
import { DAY_MS } from './kst.ts'
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
import { institutionOf } from './subjects.ts'
import { createTokenControl, type TokenControl } from './token-control.ts'
import { type LedgerQuery, truthAbout } from './truth.ts'
import type { ViolationReport } from './violations.ts'
import type { World } from './world.ts'

export type ClockOrder = {
  advanceDays?: number | undefined
  advanceSeconds?: number | undefined
  now?: string | undefined
}

/** What tests, benchmarks and the demo do to the outside world; the HTTP control routes call the same functions. */
export type Control = TokenControl &
  FaultControl & {
    ledger: (query: LedgerQuery) => Truth
    calls: (filter?: CallFilter) => Call[]
    chains: (filter?: CallFilter) => Chain[]
    violations: () => ViolationReport
    resetViolations: () => void
    clock: () => ClockReading
    moveClock: (order: ClockOrder) => ClockReading
    plant: (order: Plant) => { accountNum: string }
    transactions: (order: NewTransactions) => { accountNum: string; added: number }
    approvals: (order: NewApprovals) => ReturnType<typeof plantApprovals>
    cancelApproval: (which: WhichApproval) => ReturnType<typeof cancelApproval>
    amendApproval: (which: Amendment) => ReturnType<typeof amendApproval>
    closeAccount: (order: { person: string; institutionId: string; accountNum: string }) => {
      accountNum: string
    }
  }

export function createControl(world: World): Control {
  const all = [...world.institutions.values()]
  const moveClock = (order: ClockOrder) => {
    move(world, order)
    world.changed()
    return world.clock.read()
  }
  return {
    ...createTokenControl(world),
    ...createFaultControl(world),
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
