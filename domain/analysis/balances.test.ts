import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { balances } from './balances.ts'
import { makeAccount, makeBalance, makeCut, makeInstitution } from './make-cut.ts'

const south = { institutionId: 'southbank', name: 'South Bank' }

describe('balances', () => {
  test('are assets less debts, by currency, at each institution and in all', () => {
    const document = balances.analyse(
      makeCut({
        institutions: [makeInstitution(), makeInstitution(south)],
        accounts: [
          makeAccount(),
          makeAccount({ key: 'dollars' }),
          makeAccount({ key: 'loan', kind: 'loan', institutionId: 'southbank' }),
        ],
        balances: [
          makeBalance(),
          makeBalance({ account: 'dollars', currency: 'USD', amount: '12.345' }),
          makeBalance({ account: 'loan', amount: '3000000.5', side: 'debt' }),
        ],
      }),
    )
    const dollars = { currency: 'USD', assets: '12.345', debts: '0', net: '12.345' }
    expect(document).toMatchObject({
      isComplete: true,
      missing: [],
      total: [{ currency: 'KRW', assets: '1000000', debts: '3000000.5', net: '-2000000.5' }, dollars],
      institutions: [
        { totals: [{ currency: 'KRW', assets: '1000000', debts: '0', net: '1000000' }, dollars] },
        { totals: [{ currency: 'KRW', assets: '0', debts: '3000000.5', net: '-3000000.5' }] },
      ],
      lineage: { balances: { used: 3, leftOut: { institutionNotInCut: 0 } } },
    })
  })

  test('of an absent institution are null with a reason, and never zero', () => {
    const document = balances.analyse(
      makeCut({
        institutions: [makeInstitution(), makeInstitution({ ...south, state: 'absent', asOf: null })],
        accounts: [makeAccount()],
        balances: [makeBalance()],
      }),
    )
    expect(document).toMatchObject({
      isComplete: false,
      missing: ['southbank'],
      total: [{ currency: 'KRW', assets: '1000000' }],
      institutions: [{ reason: null }, { totals: null, reason: 'institution_absent', asOf: null }],
    })
  })

  test('are null in all where every institution is absent', () => {
    const absent = makeInstitution({ state: 'absent', asOf: null })
    expect(balances.analyse(makeCut({ institutions: [absent] }))).toMatchObject({ total: null })
  })

  test('of an institution that was carried over count, with the time they are of', () => {
    const carried = makeInstitution({ state: 'carried_over', asOf: '2026-11-20T00:00:00.000Z' })
    const cut = makeCut({ institutions: [carried], accounts: [makeAccount()], balances: [makeBalance()] })
    expect(balances.analyse(cut)).toMatchObject({
      isComplete: true,
      institutions: [
        { state: 'carried_over', asOf: '2026-11-20T00:00:00.000Z', totals: [{ net: '1000000' }] },
      ],
    })
  })

  test('of an institution where the person holds nothing are an empty list, which is known', () => {
    expect(balances.analyse(makeCut())).toMatchObject({
      isComplete: true,
      institutions: [{ totals: [], reason: null }],
    })
  })

  test.each([
    ['not shared', { isShared: false }],
    ['shared without a balance', {}],
  ])('are unknown where the only account is %s', (_, given) => {
    expect(balances.analyse(makeCut({ accounts: [makeAccount(given)] }))).toMatchObject({
      isComplete: false,
      institutions: [{ totals: null, reason: 'no_balance_said', accountsUnknown: 1 }],
    })
  })

  test('of a closed account are not missed', () => {
    const closed = makeAccount({ status: 'inactive' })
    expect(balances.analyse(makeCut({ accounts: [closed] }))).toMatchObject({ isComplete: true })
  })

  test.each(['credit_card', 'check_card'] as const)(
    'of a card (%s) are not missed: it holds nothing',
    (kind) => {
      const card = makeAccount({ key: 'card', kind })
      const cut = makeCut({ accounts: [makeAccount(), card], balances: [makeBalance()] })
      expect(balances.analyse(cut)).toMatchObject({
        isComplete: true,
        total: [{ net: '1000000' }],
        institutions: [{ accountsUnknown: 0 }],
      })
    },
  )

  test('of an account outside the cut are left out and counted', () => {
    const stray = makeBalance({ account: 'stray' })
    expect(balances.analyse(makeCut({ balances: [stray] }))).toMatchObject({
      total: [],
      lineage: { balances: { used: 0, leftOut: { institutionNotInCut: 1 } } },
    })
  })

  test('are summed without losing a thousandth, far beyond what a JavaScript number holds', () => {
    const milli = fc.bigInt({ min: 0n, max: 10n ** 18n - 1n })
    fc.assert(
      fc.property(fc.array(milli, { minLength: 1, maxLength: 20 }), (amounts) => {
        const cut = makeCut({
          accounts: [makeAccount()],
          balances: amounts.map((amount) => makeBalance({ amount: inThousandths(amount) })),
        })
        const total = amounts.reduce((a, b) => a + b, 0n)
        expect(balances.analyse(cut)).toMatchObject({ total: [{ assets: shortened(inThousandths(total)) }] })
      }),
    )
  })
})

const inThousandths = (amount: bigint): string =>
  `${amount / 1000n}.${String(amount % 1000n).padStart(3, '0')}`

const shortened = (text: string): string => text.replace(/\.?0+$/, '')
