import type { Row } from './listing.ts'

export type RowFault = { says: string; rows: (rows: readonly Row[]) => readonly Row[] }

/** Rows that say something else than before, or what no row may say. */
export const ROW_FAULTS = {
  'row-late': { says: 'the newest row is not there yet', rows: (rows) => rows.slice(1) },
  restated: {
    says: 'the oldest row of a page has other amounts than before, each by one',
    rows: (rows) => rows.map((row, at) => (at === rows.length - 1 ? fieldsOf(row, AMOUNT, oneMore) : row)),
  },
  renumbered: {
    says: 'numbers of transactions and approvals are others than before',
    rows: (rows) =>
      rows.map((row) => fieldsOf(row, /^(trans_no|approved_num)$/, (text) => `9${String(text).slice(1)}`)),
  },
  nulls: {
    says: 'ids, amounts and times are null',
    rows: (rows) => rows.map((row) => fieldsOf(row, /_(num|id|no|amt|dtime)$/, () => null)),
  },
  'wrong-types': {
    says: 'amounts are objects, other fields lists',
    rows: (rows) =>
      rows.map((row) =>
        fieldsOf(
          fieldsOf(row, NOT_AMOUNT, (text) => [text]),
          AMOUNT,
          (value) => ({ value }),
        ),
      ),
  },
  'unknown-fields': {
    says: 'fields that the standard does not have, which clients must accept',
    rows: (rows) => rows.map((row) => ({ ...row, new_field: { list: [1, null, '모아'] } })),
  },
} as const satisfies Record<string, RowFault>

const AMOUNT = /_amt$/
const NOT_AMOUNT = /(?<!_amt)$/

function fieldsOf(row: Row, names: RegExp, change: (value: unknown) => unknown): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, names.test(name) ? change(value) : value]),
  )
}

/** Whole won more; decimals stay as they are. */
function oneMore(value: unknown): unknown {
  const [whole = '', ...decimals] = String(value).split('.')
  return /^-?\d+$/.test(whole) ? [BigInt(whole) + 1n, ...decimals].join('.') : value
}
