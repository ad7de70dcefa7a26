import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { createTestMoa, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, refreshOf, type Steps } from './support/person.ts'
import type { TransactionCursor } from './support/readers.ts'
import { makeReading } from './support/readings.ts'

const INSTITUTIONS = ['A', 'B', 'C']
const ACCOUNTS = 4
const BOOKINGS = 9
const REFRESHES = 14
const READERS = 4

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})

afterAll(async () => {
  await moa.close()
})

/** Everything of an institution carries one number: every balance, and the amount of every booking. */
const readingOf = (institutionId: string, number: number) =>
  makeReading(
    Array.from({ length: ACCOUNTS }, (_, at) => ({
      name: `${institutionId}-${at}`,
      amount: number,
      bookings: Array.from({ length: BOOKINGS }, (__, no) => ({
        no,
        on: `2026-02-${String(10 + no)}`,
        amount: number,
      })),
    })),
  )

async function refreshTo(userId: number, refreshNo: number, number: number): Promise<void> {
  await moa.worker.refreshes.begin(userId, refreshNo, 'run')
  for (const [at, institutionId] of INSTITUTIONS.entries()) {
    const { ref, attempt } = await steps.beginReading(userId, refreshNo, institutionId)
    await steps.apply(ref, attempt, readingOf(institutionId, number))
    // Between them an interim publication, so that snapshots of several kinds follow one another.
    if (at === 0) await steps.cutAndPublish(userId, refreshNo, 1)
  }
  expect((await steps.cutAndPublish(userId, refreshNo, 2)).outcome).toBe('complete')
}

test('whoever reads while refreshes go on sees one snapshot or another, page after page, never two at once', async () => {
  const { userId, refreshNo } = await steps.enrolWithConsents(INSTITUTIONS)
  await refreshTo(userId, refreshNo, 1)
  const wrong: string[] = []
  const chains: number[] = []
  const heads = new Set<number>()
  const state = { isOver: false }

  async function readSnapshot(): Promise<void> {
    for (const view of ['latest', 'complete'] as const) {
      const snapshot = await moa.api.published.snapshot(userId, view)
      heads.add(snapshot!.snapshotNo)
      const numbers = new Map<string, Set<string>>()
      for (const { institutionId, balances } of snapshot!.accounts) {
        const of = numbers.get(institutionId) ?? new Set()
        numbers.set(institutionId, of)
        of.add(balances.map(({ amount }) => amount).join('+'))
      }
      const told = [...numbers].map(([id, of]) => `${id}: ${[...of].join(' and ')}`).join(', ')
      const isOne = [...numbers.values()].every((of) => of.size === 1)
      if (!isOne || snapshot!.accounts.length !== INSTITUTIONS.length * ACCOUNTS) wrong.push(told)
      if (view === 'complete' && new Set([...numbers.values()].flatMap((of) => [...of])).size !== 1) {
        wrong.push(`complete is of two refreshes: ${told}`)
      }
    }
  }

  async function readPages(): Promise<void> {
    let after: TransactionCursor | null = null
    let first: number | null = null
    const seen = new Map<string, Set<string>>()
    const ids = new Set<string>()
    for (;;) {
      const page: Awaited<ReturnType<typeof moa.api.published.transactions>> =
        await moa.api.published.transactions(userId, 'complete', 7, after)
      first ??= page!.snapshotNo
      if (page!.snapshotNo !== first) wrong.push(`a page of ${page!.snapshotNo} follows one of ${first}`)
      for (const { id, institutionId, amount } of page!.rows) {
        if (ids.has(id)) wrong.push(`booking ${id} came twice`)
        ids.add(id)
        seen.set(institutionId, (seen.get(institutionId) ?? new Set()).add(amount))
      }
      const last = page!.rows.at(-1)
      if (!last) break
      after = { snapshotNo: page!.snapshotNo, occurredAt: last.occurredAt, id: last.id }
      await sleep(2)
    }
    const amounts = new Set([...seen.values()].flatMap((of) => [...of]))
    if (amounts.size !== 1) wrong.push(`pages of one chain are of ${[...amounts].join(' and ')}`)
    if (ids.size !== INSTITUTIONS.length * ACCOUNTS * BOOKINGS) wrong.push(`a chain has ${ids.size} bookings`)
    chains.push(first)
  }

  const reading = [
    ...Array.from({ length: READERS }, async () => {
      while (!state.isOver) await readSnapshot()
    }),
    (async () => {
      while (!state.isOver) await readPages()
    })(),
  ]
  for (let number = 2; number <= REFRESHES; number += 1) {
    await refreshTo(userId, refreshOf(await steps.record(userId, BUTTON)), number)
  }
  state.isOver = true
  await Promise.all(reading)
  expect(wrong.slice(0, 5)).toEqual([])
  // Otherwise they saw nothing change.
  expect(heads.size).toBeGreaterThan(REFRESHES / 2)
  expect(new Set(chains).size).toBeGreaterThan(2)
})
