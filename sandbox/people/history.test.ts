import { expect, test } from 'vitest'

import { institutionsUpTo } from '../institutions.ts'
import { dayFrom, dayOf, startOf } from '../kst.ts'
import { createHistories, type Holding } from './histories.ts'
import type { Row } from './history.ts'
import { countUntil } from './view.ts'

const NOW = startOf(dayFrom('2026-11-22') ?? 0) + 43_200_000
const six = institutionsUpTo(6)
const { histories } = createHistories({
  seed: 'history',
  anchor: dayFrom('2024-11-01') ?? 0,
  institutions: six,
  changesOf: () => [],
})

function holdingOf(person: string, index: number): Holding {
  return histories.holding(person, six[index]!, NOW)
}

function rowsOf(person: string, index: number, key: string): readonly Row[] {
  const ledger = holdingOf(person, index).ledgers.find(({ account }) => account.key === key)
  if (!ledger) throw new Error(`no account ${key}`)
  return ledger.rows.slice(0, countUntil(ledger.rows, NOW))
}

/** What a client can see of a row, its number and balance apart. */
function looks({ at, type, channel, currency, amount, memo }: Row): string {
  return [at, type, channel, currency, amount, memo].join('|')
}

test('anybody has one to four accounts at any bank, with numbers that no real bank gives', () => {
  const numbers: string[] = []
  for (let number = 0; number < 60; number += 1) {
    const { ledgers } = holdingOf(`p${number}`, number % 6)
    expect(ledgers.length).toBeGreaterThanOrEqual(1)
    expect(ledgers.length).toBeLessThanOrEqual(4)
    numbers.push(...ledgers.map(({ account }) => account.accountNum))
  }
  for (const number of numbers) expect(number).toMatch(/^999\d{11}$/)
  expect(new Set(numbers).size).toBe(numbers.length)
})

test('no balance falls below what the account allows', () => {
  for (let number = 0; number < 60; number += 1) {
    for (const { account, rows } of holdingOf(number < 6 ? 'minji' : `p${number}`, number % 6).ledgers) {
      const lowest = -(account.deposit?.overdraftLimit ?? 0n)
      const below = rows.filter((row) => row.balance < lowest)
      expect(below.length, `${account.key} of p${number} at ${number % 6}`).toBe(0)
    }
  }
})

test('minji is paid on the 25th of each of 24 months, and pays rent on the 1st', () => {
  const rows = rowsOf('minji', 0, 'salary')
  const dates = (memo: string) =>
    rows.filter((row) => row.memo === memo).map((row) => new Date(row.at + 9 * 3600_000))
  expect(dates('새벽소프트 급여').map((date) => date.getUTCDate())).toEqual(Array(24).fill(25))
  expect(dates('김임대 월세').map((date) => date.getUTCDate())).toEqual(Array(25).fill(1))
})

test('money that leaves one bank arrives at another, on the same day or the next', () => {
  const sent = rowsOf('minji', 0, 'salary')
  for (const [memo, index, key, days] of [
    ['이민지 적금', 1, 'everyday', 0],
    ['이민지 생활비', 3, 'living', 0],
    ['이민지 외화', 4, 'dollar', 0],
  ] as const) {
    const arrived = rowsOf('minji', index, key).filter((row) => row.memo === '이민지')
    const left = sent.filter((row) => row.memo === memo)
    expect(left.length).toBeGreaterThan(20)
    expect(arrived.map((row) => [dayOf(row.at) - days, row.amount])).toEqual(
      left.map((row) => [dayOf(row.at), row.amount]),
    )
  }
  const overnight = [...rowsOf('minji', 2, 'overdraft'), ...rowsOf('minji', 5, 'side')]
  const arrived = overnight
    .filter((row) => row.memo === '이민지')
    .map((row) => `${dayOf(row.at) - 1} ${row.amount}`)
  const left = sent.filter((row) => row.memo === '이민지').map((row) => `${dayOf(row.at)} ${row.amount}`)
  expect(arrived.toSorted()).toEqual(left.toSorted())
})

test('twins are equal in all but the balance, and two fees in everything', () => {
  const rows = rowsOf('minji', 1, 'everyday').filter((row) => row.transNo === undefined)
  const same = (text: (row: Row) => string) => rows.length - new Set(rows.map(text)).size
  expect(same(looks)).toBeGreaterThan(60)
  const fees = same((row) => `${looks(row)}|${row.balance}`)
  // One pair a month, 25 times the 12th since November 2024.
  expect(fees).toBe(25)
})

test('every oddity that real statements have is in minji’s', () => {
  const rows = [0, 1, 2, 3, 4, 5].flatMap((index) =>
    holdingOf('minji', index).ledgers.flatMap((ledger) => ledger.rows.slice(0, countUntil(ledger.rows, NOW))),
  )
  expect(new Set(rows.map((row) => row.type))).toEqual(new Set(['01', '02', '03', '06', '07', '98', '99']))
  expect(new Set(rows.map((row) => row.currency))).toEqual(new Set(['KRW', 'USD']))
  for (const odd of [
    (row: Row) => row.isDateOnly,
    (row: Row) => row.memo === undefined,
    (row: Row) => row.transNo === undefined,
    (row: Row) => row.balance < 0n,
    (row: Row) => row.instalment !== undefined,
  ])
    expect(rows.filter(odd).length).toBeGreaterThan(10)
})

test('a loan goes down by its principal every month, and the same money leaves the account', () => {
  const { ledgers } = holdingOf('minji', 3)
  const credit = ledgers.find(({ account }) => account.key === 'credit')!
  const seen = credit.loanRows.slice(0, countUntil(credit.loanRows, NOW))
  for (const [index, row] of seen.entries()) {
    const before = seen[index - 1]
    if (before) expect(row.balance).toBe(before.balance - row.principal)
    expect(row.type === '01' || row.amount === row.principal + row.interest).toBe(true)
  }
  const paid = rowsOf('minji', 3, 'living').filter((row) => row.channel === '대출상환')
  expect(paid.map((row) => [row.at, row.amount])).toEqual(
    seen.filter((row) => row.at >= (paid[0]?.at ?? 0)).map((row) => [row.at, row.amount]),
  )
  expect(paid.length).toBeGreaterThan(20)
})
