import { accountIdentity } from '../../../connectors/standard/bank/transform.ts'
import { KINDS } from '../../../db/versioned-tables.ts'
import { amountText, canonicalAmount, decimal, sum } from '../../../domain/money.ts'
import { kstDate, plusDays, plusMonths } from '../../../domain/time.ts'
import type { Person, World } from '../world.ts'

type Place = {
  moa: Pick<World['moa'], 'test' | 'keys'>
  sandbox: { control: Pick<World['sandbox']['control'], 'ledger' | 'clock'> }
}

/** An account as both sides tell it: what it holds, and how much moved, by currency. */
export type Told = {
  account: string
  name: string
  isShared: boolean
  /** `asset KRW 1000` or `debt KRW 1000`. */
  balances: string[]
  transactions: number
  /** `in KRW 1000`. */
  sums: string[]
}

/** The first day of a first reading: twelve months that end today, if no plan says otherwise. */
export const firstDay = (months = 12): string => plusDays(plusMonths(kstDate(new Date()), -months), 1)

/** What the banks hold to be true, in the words of the database; what card companies do stands in card-ledger.ts. */
export async function ledgerOf(
  { moa, sandbox }: Place,
  { person, userId }: Person,
  query: { at?: string; from?: string; institutionIds?: readonly string[] } = {},
): Promise<Told[]> {
  const { at, from = firstDay(), institutionIds } = query
  const sealer = await moa.keys.of(userId)
  const truth = sandbox.control.ledger({ person, from, ...(at === undefined ? {} : { at }) })
  return truth.accounts
    .filter(({ institutionId }) => institutionIds?.includes(institutionId) ?? true)
    .map((account) => {
      const { institutionId, accountNum, seqno, name, isConsent, accountType } = account
      const identity = accountIdentity(accountNum, seqno ?? null)
      const head = {
        account: sealer.naturalKey(identity, userId, institutionId),
        name,
        isShared: isConsent,
      }
      const isInvestment = accountType.startsWith('2')
      if (!isConsent || isInvestment) return { ...head, balances: [], transactions: 0, sums: [] }
      return { ...head, ...(accountType.startsWith('3') ? loan(account.loan!) : deposit(account)) }
    })
    .toSorted(byAccount)
}

type Truth = ReturnType<World['sandbox']['control']['ledger']>['accounts'][number]

const deposit = ({ balances, transactions }: Truth) => ({
  balances: balances
    .map(({ currency, balance }) => `asset ${currency} ${canonicalAmount(balance)}`)
    .toSorted(),
  transactions: transactions.count,
  sums: [...byCurrency('in', transactions.sumIn), ...byCurrency('out', transactions.sumOut)].toSorted(),
})

const loan = ({ balance, transactions }: NonNullable<Truth['loan']>) => ({
  balances: [`debt KRW ${canonicalAmount(balance)}`],
  transactions: transactions.count,
  sums: [
    `interest ${canonicalAmount(transactions.interest)}`,
    `principal ${canonicalAmount(transactions.principal)}`,
  ],
})

const byCurrency = (direction: string, moved: Record<string, string>): string[] =>
  Object.entries(moved).map(([currency, amount]) => `${direction} ${currency} ${canonicalAmount(amount)}`)

/** What one snapshot holds of banks, straight from its rows, past every reader and its policies. */
export async function storedIn(
  { moa }: Pick<Place, 'moa'>,
  { userId }: Person,
  snapshotNo: number,
  institutionIds: readonly string[] | null = null,
): Promise<Told[]> {
  const { owner } = moa.test
  const asked =
    institutionIds === null ? owner`` : owner`AND si.institution_id = ANY (${[...institutionIds]})`
  const live = (alias: string) =>
    owner.unsafe(`
    JOIN ${alias} r ON r.user_id = si.user_id AND r.institution_id = si.institution_id
      AND r.introduced_seq <= si.seq AND (r.removed_seq IS NULL OR r.removed_seq > si.seq)`)
  const accounts = await owner<{ account: string; name: string; isShared: boolean; kind: string }[]>`
    SELECT r.natural_key::text AS account, r.name, r.is_shared AS "isShared", r.kind
    FROM snapshot_institutions si ${live('accounts')}
    JOIN institutions i ON i.institution_id = r.institution_id AND i.industry = 'bank'
    WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo} ${asked}`
  const balances = await owner<{ account: string; told: string }[]>`
    SELECT r.account_key::text AS account, r.side || ' ' || r.currency || ' ' || trim_scale(r.amount) AS told
    FROM snapshot_institutions si ${live('balances')}
    WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo} ${asked} ORDER BY told`
  const moved = await owner<Moved[]>`
    SELECT r.account_key::text AS account, count(*)::int AS count, r.direction, r.currency,
      trim_scale(sum(r.amount))::text AS amount, trim_scale(coalesce(sum(r.principal), 0))::text AS principal,
      trim_scale(coalesce(sum(r.interest), 0))::text AS interest
    FROM snapshot_institutions si ${live('transactions')}
    WHERE si.user_id = ${userId} AND si.snapshot_no = ${snapshotNo} ${asked}
    GROUP BY r.account_key, r.direction, r.currency`
  return accounts
    .map(({ kind, ...head }) => {
      const mine = moved.filter(({ account }) => account === head.account)
      return {
        ...head,
        balances: balances
          .filter(({ account }) => account === head.account)
          .map(({ told }) => told)
          .toSorted(),
        transactions: mine.reduce((total, { count }) => total + count, 0),
        sums: kind === 'loan' ? loanSums(mine) : mine.map(depositSum).toSorted(),
      }
    })
    .toSorted(byAccount)
}

type Moved = {
  account: string
  count: number
  direction: string
  currency: string
  amount: string
  principal: string
  interest: string
}

const depositSum = ({ direction, currency, amount }: Moved): string => `${direction} ${currency} ${amount}`

function loanSums(moved: Moved[]): string[] {
  const total = (of: 'principal' | 'interest') => amountText(sum(moved.map((row) => decimal(row[of]))))
  return [`interest ${total('interest')}`, `principal ${total('principal')}`]
}

const byAccount = (a: Told, b: Told): number => (a.account < b.account ? -1 : 1)

/** How many rows every versioned table holds, removed ones included, and the classifications. */
export async function rowCounts({ moa }: Pick<World, 'moa'>): Promise<Record<string, number>> {
  const tables = [...KINDS, 'classifications']
  const counts = await Promise.all(
    tables.map(async (table) => {
      const [row] = await moa.test.owner.unsafe<{ rows: number }[]>(
        `SELECT count(*)::int AS rows FROM ${table}`,
      )
      return [table, row!.rows] as const
    }),
  )
  return Object.fromEntries(counts)
}
