import type { Identity, Kind, RowsOf } from '../domain/reading.ts'
import type { UserId } from './database.ts'
import type { Sealer } from './sealing.ts'

/** Whose rows are being written, and what hides and hashes them. */
export type Owner = { userId: UserId; institutionId: string; sealer: Sealer }

type Cell = string | null

/** One column of a versioned table: its type for the cast, and its value as text. Money and dates stay text all the way. */
type Column<Row> = { name: string; type: string; value: (row: Row, owner: Owner) => Cell }

const flag = (value: boolean | null): Cell => (value === null ? null : String(value))

const key = <Row>(name: string, identity: (row: Row) => Identity): Column<Row> => ({
  name,
  type: 'uuid',
  value: (row, { userId, institutionId, sealer }) => sealer.naturalKey(identity(row), userId, institutionId),
})

const accountKey = <Row extends { account: Identity }>(): Column<Row> =>
  key('account_key', ({ account }) => account)

const text = <Row>(name: string, value: (row: Row) => Cell): Column<Row> => ({ name, type: 'text', value })
const numeric = <Row>(name: string, value: (row: Row) => Cell): Column<Row> => ({
  name,
  type: 'numeric',
  value,
})
const day = <Row>(name: string, value: (row: Row) => Cell): Column<Row> => ({ name, type: 'date', value })
const moment = <Row>(name: string, value: (row: Row) => Cell): Column<Row> => ({
  name,
  type: 'timestamp',
  value,
})
const whole = <Row>(name: string, value: (row: Row) => number | null): Column<Row> => ({
  name,
  type: 'integer',
  value: (row) => value(row)?.toString() ?? null,
})
const yesNo = <Row>(name: string, value: (row: Row) => boolean | null): Column<Row> => ({
  name,
  type: 'boolean',
  value: (row) => flag(value(row)),
})

/** The last four characters are enough for a person to know an account, and for nobody to use it. */
export const masked = (number: string): string => number.slice(-4).padStart(number.length, '*')

/** How each kind of row lies in its table. */
export const COLUMNS: { [K in Kind]: readonly Column<RowsOf[K]>[] } = {
  accounts: [
    {
      name: 'number_sealed',
      type: 'bytea',
      value: ({ identity, number }, { userId, institutionId, sealer }) => {
        const row = sealer.naturalKey(identity, userId, institutionId)
        const place = { userId, institutionId, column: 'account_number', row }
        return `\\x${sealer.seal(JSON.stringify({ identity, number }), place).toString('hex')}`
      },
    },
    text('number_masked', ({ number }) => masked(number)),
    text('round_no', ({ roundNo }) => roundNo),
    text('name', ({ name }) => name),
    text('kind', ({ kind }) => kind),
    text('type_code', ({ typeCode }) => typeCode),
    text('status', ({ status }) => status),
    yesNo('is_shared', ({ isShared }) => isShared),
    yesNo('is_overdraft', ({ isOverdraft }) => isOverdraft),
    yesNo('is_foreign', ({ isForeign }) => isForeign),
    yesNo('is_family', ({ isFamily }) => isFamily ?? null),
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
    whole('repayment_day', ({ repaymentDay }) => repaymentDay),
    day('next_repayment_on', ({ nextRepaymentOn }) => nextRepaymentOn),
    numeric('annual_fee', ({ card }) => card?.annualFee ?? null),
    text('card_brand', ({ card }) => card?.brand ?? null),
    text('paying_bank', ({ card }) => card?.payingBank ?? null),
    text('paying_account_masked', ({ card }) => card?.payingAccountMasked ?? null),
    numeric('least_payment', ({ card }) => card?.leastPayment ?? null),
    numeric('least_percent', ({ card }) => card?.leastPercent ?? null),
    numeric('agreed_percent', ({ card }) => card?.agreedPercent ?? null),
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
    moment('occurred_at', ({ occurredAt }) => occurredAt),
    yesNo('time_known', ({ timeKnown }) => timeKnown),
    text('direction', ({ direction }) => direction),
    numeric('amount', ({ amount }) => amount),
    text('currency', ({ currency }) => currency),
    numeric('balance_after', ({ balanceAfter }) => balanceAfter),
    text('type_code', ({ typeCode }) => typeCode),
    text('type_text', ({ typeText }) => typeText),
    text('description', ({ description }) => description),
    numeric('principal', ({ principal }) => principal),
    numeric('interest', ({ interest }) => interest),
    text('approval_no', ({ approval }) => approval?.number ?? null),
    text('status', ({ approval }) => approval?.status ?? null),
    numeric('approved_amount', ({ approval }) => approval?.approvedAmount ?? null),
    moment('changed_at', ({ approval }) => approval?.changedAt ?? null),
    whole('installments', ({ approval }) => approval?.installments ?? null),
    text('merchant_no', ({ approval }) => approval?.merchantNo ?? null),
    text('country', ({ approval }) => approval?.country ?? null),
    numeric('krw_amount', ({ approval }) => approval?.krwAmount ?? null),
  ],
  points: [
    text('name', ({ name }) => name),
    numeric('remaining', ({ remaining }) => remaining),
    numeric('expiring', ({ expiring }) => expiring),
  ],
  bills: [
    text('stage', ({ stage }) => stage),
    text('month', ({ month }) => month),
    text('round_no', ({ roundNo }) => roundNo),
    day('due_on', ({ dueOn }) => dueOn),
    numeric('amount', ({ amount }) => amount),
    text('currency', ({ currency }) => currency),
    numeric('lump_sum', ({ lumpSum }) => lumpSum),
    numeric('installments', ({ installments }) => installments),
    numeric('short_term_loan', ({ shortTermLoan }) => shortTermLoan),
    numeric('long_term_loan', ({ longTermLoan }) => longTermLoan),
    numeric('revolving', ({ revolving }) => revolving),
    numeric('other', ({ other }) => other),
  ],
  bill_lines: [
    key('bill_key', ({ bill }) => bill),
    accountKey(),
    day('used_on', ({ usedOn }) => usedOn),
    moment('used_at', ({ usedAt }) => usedAt),
    yesNo('time_known', ({ timeKnown }) => timeKnown),
    numeric('amount', ({ amount }) => amount),
    text('currency', ({ currency }) => currency),
    numeric('fee', ({ fee }) => fee),
    whole('installments', ({ installments }) => installments),
    whole('installment_no', ({ installmentNo }) => installmentNo),
    numeric('amount_left', ({ left }) => left),
    text('type_code', ({ typeCode }) => typeCode),
    text('description', ({ description }) => description),
    text('merchant_no', ({ merchantNo }) => merchantNo),
  ],
}

/** Every versioned table, by the kind of its rows. */
export const KINDS: readonly Kind[] = [
  'accounts',
  'balances',
  'contracts',
  'holdings',
  'transactions',
  'points',
  'bills',
  'bill_lines',
]

/** Whose rows a section with an asset speaks of; rows of the other kinds belong to nobody's account. */
export const assetColumn = (kind: Kind): string => (kind === 'bill_lines' ? 'bill_key' : 'account_key')
