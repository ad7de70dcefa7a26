import { describe, expect, test } from 'vitest'

import { decimal } from '../money.ts'
import { analyse } from './analyse.ts'
import { inEnglish, inKorean, type Insight } from './insight.ts'
import { makeAccount, makeBalance, makeClassified, makeCut, makeInstitution } from './make-cut.ts'

test('amounts are read as they are said', () => {
  expect(['0', '999', '1000', '1234567.5', '-12345'].map((text) => inKorean(decimal(text), 'KRW'))).toEqual([
    '0원',
    '999원',
    '1,000원',
    '1,234,567.5원',
    '-12,345원',
  ])
  expect([inEnglish(decimal('1000'), 'KRW'), inKorean(decimal('1000.25'), 'USD')]).toEqual([
    '₩1,000',
    '1,000.25 USD',
  ])
})

const insightsOf = (given: Parameters<typeof makeCut>[0]): Insight[] =>
  analyse(makeCut(given)).flatMap(({ document }) => {
    const { insights }: { insights?: Insight[] } = JSON.parse(JSON.stringify(document))
    return insights ?? []
  })

describe('the analysers find', () => {
  test('what is had and owed, and how many accounts did not say', () => {
    const south = { institutionId: 'southbank', name: 'South Bank' }
    const found = insightsOf({
      institutions: [makeInstitution(), makeInstitution(south)],
      accounts: [
        makeAccount(),
        makeAccount({ key: 'loan', kind: 'loan' }),
        makeAccount({ key: 'silent', institutionId: 'southbank' }),
        makeAccount({ key: 'dollars', institutionId: 'southbank' }),
      ],
      balances: [
        makeBalance({ amount: '1500000' }),
        makeBalance({ account: 'loan', amount: '400000', side: 'debt' }),
        makeBalance({ account: 'dollars', amount: '3', currency: 'USD' }),
      ],
    })
    expect(found).toMatchObject([
      {
        kind: 'balances.net',
        ko: { title: '순자산 1,100,000원', text: '가진 것 1,500,000원, 갚을 것 400,000원입니다.' },
        en: { title: 'Net ₩1,100,000' },
        numbers: { assets: '1500000', debts: '400000', net: '1100000' },
        institutions: ['northbank'],
      },
      { kind: 'balances.net', numbers: { net: '3' }, institutions: ['southbank'] },
      { kind: 'balances.not_said', numbers: { accounts: '1' }, institutions: ['southbank'] },
    ])
  })

  test('that a salary arrived this month, and on which day', () => {
    const salary = { category: 'income.salary', direction: 'in' as const, amount: '3100000' }
    const found = insightsOf({
      transactions: [
        makeClassified({ ...salary, id: '7', occurredOn: '2026-11-20' }),
        makeClassified({ ...salary, occurredOn: '2026-10-20' }),
      ],
    })
    expect(found).toMatchObject([
      { kind: 'cash-flow.month_so_far', numbers: { in: '3100000', out: '0', transactions: '1' } },
      {
        kind: 'cash-flow.salary_arrived',
        ko: { title: '급여 3,100,000원', text: '2026-11-20에 들어왔습니다.' },
        en: { text: 'It arrived on 2026-11-20.' },
        evidence: { transactions: ['7'], of: 1 },
      },
    ])
  })

  test('nothing where there is nothing, rather than zeros', () => {
    expect(insightsOf({ transactions: [makeClassified({ occurredOn: '2026-10-20' })] })).toEqual([])
  })
})
