import type { Classifiable } from '../classification/rule.ts'
import type { AccountKind } from '../reading.ts'
import type { KstDate } from '../time.ts'

/** Whether an institution's part of a cut is of this refresh, of an earlier one, or not there at all. */
export type InstitutionState = 'fresh' | 'carried_over' | 'absent'

/** One collection of each institution, frozen: all that an analyser may see. */
export type Cut = {
  /** The instant at which the cut was frozen, as ISO 8601 text. */
  asOf: string
  /** The day in Korea at that instant; analysers have no other clock. */
  today: KstDate
  institutions: {
    institutionId: string
    name: string
    state: InstitutionState
    /** The instant its collection was completed, as ISO 8601 text; null where it is absent. */
    asOf: string | null
  }[]
  accounts: {
    key: string
    institutionId: string
    name: string
    kind: AccountKind
    status: string
    isShared: boolean
  }[]
  balances: {
    /** The key of an account of this cut. */
    account: string
    currency: string
    /** Decimal text; for a debt what is owed, positive. */
    amount: string
    side: 'asset' | 'debt'
  }[]
  transactions: (Classifiable & { category: string })[]
}

/** What can be written as JSON and read back the same. Amounts in it are text. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type Document = { readonly [key: string]: Json }

/** The parts of a cut that cost something to read. */
export const CUT_PARTS = ['accounts', 'balances', 'transactions'] as const
export type CutPart = (typeof CUT_PARTS)[number]

/** One question that is asked of every cut. Pure: the same cut gives the same document. */
export type Analyser = {
  name: string
  /** Grows with every change of the document, so that what was analysed before is known to be stale. */
  version: number
  /** Whether a snapshot is incomplete without it. */
  required: boolean
  /** All it may touch of these; touching another fails. */
  needs: readonly CutPart[]
  analyse: (cut: Cut) => Document
}
