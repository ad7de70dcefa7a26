import { z } from 'zod'

import type { AccountView } from '../../db/published.ts'
import { amountText, decimal, sum } from '../../domain/money.ts'
import { amount, count, currency, institutionId } from './fields.ts'
import { headExample, snapshotHead } from './head.ts'

const side = z.enum(['asset', 'debt'])

export const accountAnswer = z
  .strictObject({
    accountKey: z.string().meta({ description: 'Names the account in other answers; no account number.' }),
    institutionId,
    name: z.string(),
    numberMasked: z.string().meta({ description: 'Its last four characters can be read.' }),
    kind: z.string().meta({ description: 'deposit, loan, investment, credit_card, check_card.' }),
    status: z.string(),
    isShared: z.boolean().meta({ description: 'Whether the consent covers it; if not, only this is known.' }),
    balances: z
      .array(z.strictObject({ currency, amount, side, available: amount.nullable() }))
      .meta({ description: 'Empty where the institution did not say; a debt is what is owed, positive.' }),
  })
  .meta({ id: 'Account' })

const kindAnswer = z
  .strictObject({
    kind: z.string(),
    accounts: z.array(accountAnswer),
    totals: z.array(z.strictObject({ currency, assets: amount, debts: amount })),
    withoutBalance: count.meta({ description: 'Open accounts whose balance nobody said: in no total.' }),
  })
  .meta({ id: 'AccountsOfKind' })

export const accountsAnswer = snapshotHead
  .extend({ kinds: z.array(kindAnswer) })
  .meta({ id: 'Accounts', description: 'Every account of a snapshot with what it holds or owes, by kind.' })

/** Accounts by kind, with what they sum up to in each currency. */
export function kindsOf(accounts: readonly AccountView[]): z.infer<typeof kindAnswer>[] {
  return [...new Set(accounts.map(({ kind }) => kind))].toSorted().map((kind) => {
    const ofKind = accounts.filter((account) => account.kind === kind)
    return {
      kind,
      accounts: ofKind,
      totals: totalsOf(ofKind),
      withoutBalance: ofKind.filter(isSilent).length,
    }
  })
}

/**
 * A closed account has nothing to say, and a card holds nothing; any other that is open or not shared has a balance that
 * nobody knows.
 */
const isSilent = ({ status, kind, balances }: AccountView): boolean =>
  status === 'active' && balances.length === 0 && !HOLDS_NOTHING.has(kind)

const HOLDS_NOTHING: ReadonlySet<string> = new Set(['credit_card', 'check_card'])

function totalsOf(accounts: readonly AccountView[]) {
  const all = accounts.flatMap(({ balances }) => balances)
  return [...new Set(all.map((balance) => balance.currency))].toSorted().map((code) => {
    const total = (of: 'asset' | 'debt') =>
      amountText(
        sum(
          all
            .filter((balance) => balance.currency === code && balance.side === of)
            .map((balance) => decimal(balance.amount)),
        ),
      )
    return { currency: code, assets: total('asset'), debts: total('debt') }
  })
}

export const accountExample = {
  accountKey: '5d0ba3f6-4c05-4bd4-9b32-9a3f1e6c7d21',
  institutionId: 'SBXBANK001',
  name: '모아 입출금통장',
  numberMasked: '**********4821',
  kind: 'deposit',
  status: 'active',
  isShared: true,
  balances: [{ currency: 'KRW', amount: '9982778', side: 'asset', available: '9982778' }],
} satisfies z.infer<typeof accountAnswer>

export const accountsExample = {
  ...headExample,
  kinds: [
    {
      kind: 'deposit',
      accounts: [accountExample],
      totals: [{ currency: 'KRW', assets: '9982778', debts: '0' }],
      withoutBalance: 0,
    },
  ],
} satisfies z.infer<typeof accountsAnswer>
