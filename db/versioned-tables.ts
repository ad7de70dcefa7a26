import type { Kind, RowsOf } from '../domain/reading.ts'
import type { UserId } from './database.ts'
import type { Sealer } from './sealing.ts'

/** Whose rows are being written, and what hides and hashes them. */
export type Owner = { userId: UserId; institutionId: string; sealer: Sealer }

type Cell = string | null

/** One column of a versioned table: its type for the cast, and its value as text. Money and dates stay text all the way. */
type Column<Row> = { name: string; type: string; value: (row: Row, owner: Owner) => Cell }

const flag = (value: boolean | null): Cell => (value === null ? null : String(value))

const accountKey = <Row extends { account: string }>(): Column<Row> => ({
  name: 'account_key',
  type: 'uuid',
  value: ({ account }, { userId, institutionId, sealer }) =>
    sealer.naturalKey(account, userId, institutionId),
})

const text = <Row>(name: string, value: (row: Row) => Cell): Column<Row> => ({ name, type: 'text', value })
const numeric = <Row>(name: string, value: (row: Row) => Cell): Column<Row> => ({
  name,
  type: 'numeric',
  value,
})
const day = <Row>(name: string, value: (row: Row) => Cell): Column<Row> => ({ name, type: 'date', value })

/** The last four characters are enough for a person to know an account, and for nobody to use it. */
export const masked = (number: string): string => number.slice(-4).padStart(number.length, '*')

/** How each kind of row lies in its table. */
export const COLUMNS: { [K in Kind]: readonly Column<RowsOf[K]>[] } = {
  accounts: [
    {
      name: 'number_sealed',
      type: 'bytea',
      value: ({ identity, number }, { userId, institutionId, sealer }) =>
        `\\x${sealer.seal(JSON.stringify({ identity, number }), { userId, institutionId, column: 'account_number' }).toString('hex')}`,
    },
    text('number_masked', ({ number }) => masked(number)),
    text('round_no', ({ roundNo }) => roundNo),
    text('name', ({ name }) => name),
    text('kind', ({ kind }) => kind),
    text('type_code', ({ typeCode }) => typeCode),
    text('status', ({ status }) => status),
    { name: 'is_shared', type: 'boolean', value: ({ isShared }) => flag(isShared) },
    { name: 'is_overdraft', type: 'boolean', value: ({ isOverdraft }) => flag(isOverdraft) },
    { name: 'is_foreign', type: 'boolean', value: ({ isForeign }) => flag(isForeign) },
  ],
  balances: [
    accountKey(),
    text('currency', ({ currency }) => currency),
    numeric('amount', ({ amount }) => amount),
    text('side', ({ side }) => side),
    numeric('available', ({ available }) => available),
  ],
  contracts: [
    accountKey(),
    text('currency', ({ currency }) => currency),
    day('opened_on', ({ openedOn }) => openedOn),
    day('matures_on', ({ maturesOn }) => maturesOn),
    numeric('rate_percent', ({ ratePercent }) => ratePercent),
    numeric('committed', ({ committed }) => committed),
    numeric('monthly_payment', ({ monthlyPayment }) => monthlyPayment),
    numeric('principal', ({ principal }) => principal),
    text('method', ({ method }) => method),
    { name: 'repayment_day', type: 'integer', value: ({ repaymentDay }) => repaymentDay?.toString() ?? null },
    day('next_repayment_on', ({ nextRepaymentOn }) => nextRepaymentOn),
  ],
  holdings: [
    accountKey(),
    text('name', ({ name }) => name),
    numeric('quantity', ({ quantity }) => quantity),
    numeric('value', ({ value }) => value),
    text('currency', ({ currency }) => currency),
  ],
  transactions: [
    accountKey(),
    day('occurred_on', ({ occurredOn }) => occurredOn),
    { name: 'occurred_at', type: 'timestamp', value: ({ occurredAt }) => occurredAt },
    { name: 'time_known', type: 'boolean', value: ({ timeKnown }) => flag(timeKnown) },
    text('direction', ({ direction }) => direction),
    numeric('amount', ({ amount }) => amount),
    text('currency', ({ currency }) => currency),
    numeric('balance_after', ({ balanceAfter }) => balanceAfter),
    text('type_code', ({ typeCode }) => typeCode),
    text('type_text', ({ typeText }) => typeText),
    text('description', ({ description }) => description),
    numeric('principal', ({ principal }) => principal),
    numeric('interest', ({ interest }) => interest),
  ],
}
