import { ANSWER_FAULTS } from './faults/answer-faults.ts'
import { BYTE_FAULTS } from './faults/byte-faults.ts'
import { HEAD_FAULTS } from './faults/head-faults.ts'
import { IDENTITY_FAULTS } from './faults/identity-faults.ts'
import { PAGING_FAULTS } from './faults/paging-faults.ts'
import { ROW_FAULTS } from './faults/row-faults.ts'
import { TEXT_FAULTS } from './faults/text-faults.ts'
import { WIRE_FAULTS } from './faults/wire-faults.ts'

/** Ways of spoiling a good answer, from what is said to how it goes out. Each says what the client gets. */
export const FAULT_KINDS = {
  answer: ANSWER_FAULTS,
  identity: IDENTITY_FAULTS,
  paging: PAGING_FAULTS,
  rows: ROW_FAULTS,
  text: TEXT_FAULTS,
  bytes: BYTE_FAULTS,
  head: HEAD_FAULTS,
  wire: WIRE_FAULTS,
} as const

type Kinds = typeof FAULT_KINDS
export type Mangle = { [Kind in keyof Kinds]: keyof Kinds[Kind] }[keyof Kinds]

/** Every name with what it means, kind by kind. */
export const MANGLES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(FAULT_KINDS).flatMap((faults) =>
    Object.entries(faults).map(([name, { says }]: [string, { says: string }]) => [name, says]),
  ),
)

/** The fault of a kind, if it is one of that kind. */
export function faultIn<Fault>(
  faults: Readonly<Record<string, Fault>>,
  mangle: Mangle | undefined,
): Fault | undefined {
  return mangle !== undefined && Object.hasOwn(faults, mangle) ? faults[mangle] : undefined
}
