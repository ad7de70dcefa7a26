import type { Institution } from './institutions.ts'
import { dayOf } from './kst.ts'
import { thousandths, won } from './money.ts'
import { demand } from './people/accounts.ts'
import type { CardHolding } from './people/cards/card-holding.ts'
import type { Holding } from './people/histories.ts'
import type { Ledger } from './people/history.ts'
import type { Planned } from './people/profile.ts'
import { accountsAt, isClosed } from './people/view.ts'
import { digitsOf } from './random.ts'
import type { World } from './world.ts'

/** An account with a recognisable number, product or memo: what must never turn up in a log. */
export type Plant = {
  person: string
  institutionId: string
  accountNum?: string | undefined
  memo?: string | undefined
  prodName?: string | undefined
}
/** So many new rows now, in the first demand deposit. */
export type NewTransactions = {
  person: string
  institutionId: string
  count: number
  memo?: string | undefined
  /** Decimal text, won; default 1000, so that every row differs by its balance only. */
  amount?: string | undefined
  type?: Planned['type'] | undefined
}

/** A year of a busy account in one order is enough. */
const MAX_NEW_TRANSACTIONS = 10_000

/** Opens an account now, with one deposit. */
export function plant(world: World, institution: Institution, order: Plant): { accountNum: string } {
  const { person, memo, prodName } = order
  const { institutionId } = institution
  const at = world.clock.now()
  const holding = world.histories.holding(person, institution, at)
  const key = `planted-${holding.ledgers.length}`
  const accountNum = order.accountNum ?? `999${digitsOf(11, world.seed, person, institutionId, key)}`
  if (!/^[A-Za-z0-9]{1,20}$/.test(accountNum)) throw new RangeError('accountNum: 1 to 20 letters or digits')
  const place = { numberOf: () => accountNum, anchor: dayOf(at), cards: 0 }
  const account = demand(place, key, prodName ?? '새 통장', 0, { openedOn: dayOf(at), addedAt: at })
  world.change(person, institutionId, { what: 'account', account, at })
  const planned = { type: '01', channel: '신규', amount: won(10_000), ...(memo ? { memo } : {}) } as const
  world.change(person, institutionId, {
    what: 'transaction',
    addition: { account: key, at, planned },
    count: 1,
  })
  return { accountNum }
}

/** Adds rows now. */
export function plantTransactions(
  world: World,
  institution: Institution,
  order: NewTransactions,
): { accountNum: string; added: number } {
  const { person, count, memo } = order
  const amount = thousandths(order.amount ?? '1000')
  if (!Number.isInteger(count) || count < 1 || count > MAX_NEW_TRANSACTIONS)
    throw new RangeError(`count: 1 to ${MAX_NEW_TRANSACTIONS}`)
  if (amount === undefined || amount <= 0n) throw new RangeError('amount: a decimal above 0')
  const at = world.clock.now()
  const { account } = firstDemandDeposit(world.histories.holding(person, institution, at), at)
  const planned = { type: order.type ?? '03', channel: '타행이체', amount, memo: memo ?? '새 거래' }
  const addition = { account: account.key, at, planned }
  world.change(person, institution.institutionId, { what: 'transaction', addition, count })
  return { accountNum: account.accountNum, added: count }
}

/** From now on the account, or the card of that id, answers 40305. */
export function closeAccount(
  world: World,
  institution: Institution,
  { person, accountNum }: { person: string; accountNum: string },
): { accountNum: string } {
  const at = world.clock.now()
  const keys =
    institution.industry === 'card'
      ? cardKeys(world.cardHistories.holding(person, institution, at), accountNum)
      : accountKeys(world.histories.holding(person, institution, at), accountNum, at)
  if (keys.length === 0) throw new RangeError('accountNum: no such account')
  for (const accountKey of keys)
    world.change(person, institution.institutionId, { what: 'closed', accountKey, at })
  return { accountNum }
}

function accountKeys(holding: Holding, accountNum: string, at: number): string[] {
  return accountsAt(holding, at)
    .filter(({ account }) => account.accountNum === accountNum)
    .map(({ account }) => account.key)
}

function cardKeys({ cards }: CardHolding, cardId: string): string[] {
  return cards.filter((card) => card.cardId === cardId).map(({ key }) => key)
}

function firstDemandDeposit(holding: Holding, at: number): Ledger {
  const found = accountsAt(holding, at).find(
    (ledger) =>
      ledger.account.accountType === '1001' && ledger.account.isConsent && !isClosed(holding, ledger, at),
  )
  if (!found) throw new RangeError('no open demand deposit with consent here')
  return found
}
