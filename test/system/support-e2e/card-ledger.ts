import { cardIdentity } from '../../../connectors/standard/card/transform.ts'
import { canonicalAmount } from '../../../domain/money.ts'
import { plusDays } from '../../../domain/time.ts'
import type { Person, World } from '../world.ts'
import { firstDay } from './ledger.ts'

type Place = {
  moa: Pick<World['moa'], 'test' | 'keys'>
  sandbox: { control: Pick<World['sandbox']['control'], 'ledger' | 'clock'> }
}

/** Cards as both sides tell them: line by line, in words that say every field. Nothing is summed away. */
export type CardsTold = {
  cards: string[]
  approvals: string[]
  points: string[]
  bills: string[]
  lines: string[]
  upcoming: string[]
  loans: string[]
  loanBookings: string[]
}

const STATUS = { '01': 'approved', '02': 'cancelled', '03': 'amended' }
const KIND = { '01': 'credit_card', '02': 'check_card' }
const money = canonicalAmount
const day = (digits: string): string => `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8)}`
const time = (digits: string): string =>
  `${day(digits)} ${digits.slice(8, 10)}:${digits.slice(10, 12)}:${digits.slice(12, 14)}`
const month = (digits: string): string => `${digits.slice(0, 4)}-${digits.slice(4, 6)}`
const line = (...words: (string | number | boolean | null | undefined)[]): string =>
  words.map((word) => word ?? '-').join(' ')

/** What the card companies hold to be true, in the words of the database. */
export async function cardLedgerOf({ moa, sandbox }: Place, { person, userId }: Person): Promise<CardsTold> {
  const sealer = await moa.keys.of(userId)
  // A company may date an approval ahead, and shows it all the same.
  const to = plusDays(new Date(sandbox.control.clock().now).toISOString().slice(0, 10), 3)
  const truth = sandbox.control.ledger({ person, from: firstDay(), to })
  const key = (institutionId: string, cardId: string) =>
    sealer.naturalKey(cardIdentity(cardId), userId, institutionId)
  const shared = truth.cards.filter(({ isConsent }) => isConsent)
  const earliest = firstMonth()
  const companies = truth.cardCompanies.map(companyTold(earliest))
  const all = (of: keyof (typeof companies)[number]) => companies.flatMap((company) => company[of]).toSorted()
  return {
    cards: truth.cards
      .map((card) =>
        line(
          key(card.institutionId, card.cardId),
          card.name,
          KIND[card.cardType],
          card.isConsent,
          card.isFamily,
          card.cardNum.slice(-4),
        ),
      )
      .toSorted(),
    approvals: shared
      .flatMap(({ institutionId, cardId, approvals }) =>
        approvals.map((each) =>
          line(
            key(institutionId, cardId),
            time(each.approvedAt),
            each.approvedNum,
            STATUS[each.status],
            money(each.amount),
            money(each.counts),
            each.currency,
            each.country,
            each.changedAt && time(each.changedAt),
            each.installments > 1 ? each.installments : null,
            each.merchant,
          ),
        ),
      )
      .toSorted(),
    points: all('points'),
    bills: all('bills'),
    lines: all('lines'),
    upcoming: all('upcoming'),
    loans: all('loans'),
    loanBookings: all('loanBookings'),
  }
}

type CompanyTruth = ReturnType<World['sandbox']['control']['ledger']>['cardCompanies'][number]

const companyTold =
  (earliest: string) =>
  ({ institutionId, points, bills, payments, revolving, advances, longLoans }: CompanyTruth) => {
    const asked = bills.filter(({ chargeMonth }) => month(chargeMonth) >= earliest)
    const bill = ({ chargeMonth, seqno }: (typeof bills)[number]) =>
      line(institutionId, month(chargeMonth), seqno)
    // Where nothing is owed any more the company says that there is no loan.
    const short = advances.some(({ left }) => left !== '0') ? advances : []
    const long = longLoans.some(({ left }) => left !== '0') ? longLoans : []
    return {
      points: [line(institutionId, points.name, money(points.remaining), money(points.expiring))],
      bills: asked.map((each) => line(bill(each), money(each.amount), each.paidOn)),
      lines: asked
        .filter(({ charges }) => charges.count > 0)
        .map((each) =>
          line(bill(each), each.charges.count, money(each.charges.paid), money(each.charges.fees)),
        ),
      upcoming: payments.map(({ seqno, dueOn, amount }) => line(institutionId, dueOn, seqno, money(amount))),
      loans: [
        ...revolving.map(({ agreedOn, left }) =>
          line(institutionId, 'revolving', agreedOn, '-', money(left)),
        ),
        ...short.map(({ drawnAt, amount, left }) =>
          line(institutionId, 'short-term', day(drawnAt), money(amount), money(left)),
        ),
        ...long.map(({ principal, left }) =>
          line(institutionId, 'long-term', '-', money(principal), money(left)),
        ),
      ],
      loanBookings: long
        .filter(({ transactions }) => transactions.count > 0)
        .map(({ transactions: { count, principal, interest } }) =>
          line(institutionId, count, money(principal), money(interest)),
        ),
    }
  }

/** Bills are asked for by months: this one and the eleven before. */
function firstMonth(): string {
  const [year = 0, ofYear = 1] = new Date(Date.now() + 9 * 3600_000).toISOString().split('-').map(Number)
  return new Date(Date.UTC(year, ofYear - 1 - 11, 1)).toISOString().slice(0, 7)
}

/** What one snapshot holds of cards, straight from its rows, past every reader and its policies. */
export async function cardsStoredIn(
  { moa }: Pick<Place, 'moa'>,
  { userId }: Person,
  snapshotNo: number,
): Promise<CardsTold> {
  const { owner } = moa.test
  const told = async (select: string, table: string, more = ''): Promise<string[]> => {
    const rows = await owner.unsafe<{ told: string }[]>(
      `SELECT ${select} AS told FROM snapshot_institutions si
       JOIN ${table} r ON r.user_id = si.user_id AND r.institution_id = si.institution_id
         AND r.introduced_seq <= si.seq AND (r.removed_seq IS NULL OR r.removed_seq > si.seq)
       ${more}`,
      [userId, snapshotNo],
    )
    return rows.map((row) => row.told).toSorted()
  }
  const mine = 'WHERE si.user_id = $1 AND si.snapshot_no = $2'
  const words = (...columns: string[]): string =>
    columns.map((column) => `coalesce(${column}, '-')`).join(` || ' ' || `)
  const text = (column: string) => `r.${column}::text`
  const number = (column: string) => `trim_scale(r.${column})::text`
  const cardsOnly = `${mine} AND r.kind IN ('credit_card', 'check_card')`
  const ofLoans = (alias: string, table: string) =>
    `LEFT JOIN ${table} ${alias} ON ${alias}.user_id = r.user_id AND ${alias}.institution_id = r.institution_id
      AND ${alias}.account_key = r.natural_key
      AND ${alias}.introduced_seq <= si.seq AND (${alias}.removed_seq IS NULL OR ${alias}.removed_seq > si.seq)`
  return {
    cards: await told(
      words(
        text('natural_key'),
        'r.name',
        'r.kind',
        text('is_shared'),
        text('is_family'),
        'right(r.number_masked, 4)',
      ),
      'accounts',
      cardsOnly,
    ),
    approvals: await told(
      words(
        text('account_key'),
        text('occurred_at'),
        'r.approval_no',
        'r.status',
        number('approved_amount'),
        number('amount'),
        'r.currency',
        'r.country',
        text('changed_at'),
        text('installments'),
        'r.description',
      ),
      'transactions',
      `${mine} AND r.status IS NOT NULL`,
    ),
    points: await told(
      words('r.institution_id', 'r.name', number('remaining'), number('expiring')),
      'points',
      mine,
    ),
    bills: await told(
      words('r.institution_id', 'r.month', 'r.round_no', number('amount'), text('due_on')),
      'bills',
      `${mine} AND r.stage = 'charged'`,
    ),
    lines: await told(
      words(
        'r.institution_id',
        'r.month',
        'r.round_no',
        'count(*)::text',
        'trim_scale(sum(l.amount))::text',
        'trim_scale(sum(l.fee))::text',
      ),
      'bills',
      `JOIN bill_lines l ON l.user_id = r.user_id AND l.institution_id = r.institution_id
         AND l.bill_key = r.natural_key
         AND l.introduced_seq <= si.seq AND (l.removed_seq IS NULL OR l.removed_seq > si.seq)
       ${mine} GROUP BY r.institution_id, r.month, r.round_no`,
    ),
    upcoming: await told(
      words('r.institution_id', text('due_on'), 'r.round_no', number('amount')),
      'bills',
      `${mine} AND r.stage = 'upcoming'`,
    ),
    loans: await told(
      words(
        'r.institution_id',
        'r.type_code',
        `CASE r.type_code WHEN 'long-term' THEN NULL ELSE c.opened_on::text END`,
        'trim_scale(c.principal)::text',
        'trim_scale(b.amount)::text',
      ),
      'accounts',
      `${ofLoans('c', 'contracts')} ${ofLoans('b', 'balances')}
       ${mine} AND r.kind = 'loan' AND r.type_code IN ('revolving', 'short-term', 'long-term')`,
    ),
    loanBookings: await told(
      words(
        'r.institution_id',
        'count(*)::text',
        'trim_scale(sum(r.principal))::text',
        'trim_scale(sum(r.interest))::text',
      ),
      'transactions',
      `${mine} AND r.api = 'card-013' GROUP BY r.institution_id, r.account_key`,
    ),
  }
}
