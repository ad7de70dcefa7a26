import { randomBytes } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  type BatchWish,
  createOperatorBatches,
  type OperatorBatches,
  type Slice,
} from '../../db/operator-batches.ts'
import { createTestMoa, makeInstitution, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, type Steps } from './support/person.ts'

const KIM = { by: 'kim', why: 'the bank is gone' }

let moa: TestMoa
let steps: Steps
let batches: OperatorBatches

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
  batches = createOperatorBatches(moa.databases.operator, moa.orders)
})
afterAll(() => moa.close())

type Person = { userId: number; userKey: string; refreshNo: number }

const makeBank = async (): Promise<string> => {
  const institutionId = `B${randomBytes(4).toString('hex')}`
  await moa.api.institutions.register([makeInstitution(institutionId)])
  return institutionId
}

/** People whose refresh waits for a bank that is down. */
async function makeWaiting(bank: string, count: number): Promise<Person[]> {
  const people: Person[] = []
  for (let k = 0; k < count; k += 1) {
    const person = await steps.enrolWithConsents([bank])
    await moa.worker.refreshes.begin(person.userId, person.refreshNo, 'run')
    await failAgain(person, bank)
    people.push(person)
  }
  return people
}

async function failAgain({ userId, refreshNo }: Person, institutionId: string): Promise<void> {
  const { ref, attempt } = await steps.beginReading(userId, refreshNo, institutionId)
  await moa.worker.attempts.end(ref, attempt.attempt, {
    outcome: 'failed',
    failure: 'InstitutionUnavailable',
    calls: 1,
  })
  await moa.worker.attempts.fail(ref, 'InstitutionUnavailable', null)
}

const filterFor = (bank: string): BatchWish['filter'] => ({
  states: [],
  institutionId: null,
  failure: null,
  olderThanMs: null,
  waitingFor: bank,
  userKey: null,
})
const cancelAll = (bank: string): BatchWish => ({
  verb: 'cancel',
  filter: filterFor(bank),
  institutionIds: null,
})

const seen = async (wish: BatchWish) => {
  const { batch, sample, areMore } = await batches.propose(wish, 'kim')
  return { batchNo: batch.batchNo, refreshes: batch.refreshes, sample, areMore }
}

async function ran(answer: Promise<Slice | null>) {
  const slice = await answer
  if (slice?.state !== 'run') throw new Error('the batch was not run')
  const { done, already, refused, left, endedAt } = slice.batch
  return { done, already, refused, left, isOver: endedAt !== null, refusals: slice.refusals }
}

const statesOf = async (people: readonly Person[]): Promise<string[]> => {
  const rows = await moa.test.owner<{ userId: string; state: string }[]>`
    SELECT user_id AS "userId", state FROM refreshes WHERE user_id = ANY (${people.map(({ userId }) => userId)})`
  return people.map(({ userId }) => rows.find((row) => Number(row.userId) === userId)!.state)
}

/** What was written down of these people's refreshes, by outcome. */
const auditOf = async (people: readonly Person[]) => {
  const rows = await moa.test.owner<{ key: string; outcome: string; batch: number | null }[]>`
    SELECT user_key AS key, details ->> 'outcome' AS outcome, (details ->> 'batchNo')::int AS batch FROM audit
    WHERE action = 'refresh.cancel' AND user_key = ANY (${people.map(({ userKey }) => userKey)}) ORDER BY audit_no`
  return [...rows]
}

describe('what is proposed', () => {
  test('is counted, with a sample and by opaque keys, and changes no refresh', async () => {
    const [bank, other] = [await makeBank(), await makeBank()]
    const people = await makeWaiting(bank, 12)
    const elsewhere = await makeWaiting(other, 1)
    const { refreshes, sample, areMore } = await seen(cancelAll(bank))
    expect({ refreshes, areMore, sampled: sample.length }).toEqual({
      refreshes: 12,
      areMore: false,
      sampled: 10,
    })
    expect(people.map(({ userKey }) => userKey)).toEqual(
      expect.arrayContaining(sample.map(({ userKey }) => userKey)),
    )
    expect(new Set(await statesOf([...people, ...elsewhere]))).toEqual(new Set(['running']))
    expect(await auditOf(people)).toEqual([])
  })

  test('holds no refresh that is closed, whatever the filter finds', async () => {
    const bank = await makeBank()
    const [open, closed] = (await makeWaiting(bank, 2)) as [Person, Person]
    await moa.worker.refreshes.close(closed.userId, closed.refreshNo, 'failed', 'a test')
    const { sample } = await seen({
      ...cancelAll(bank),
      filter: { ...filterFor(bank), waitingFor: null, institutionId: bank },
    })
    expect(sample.map(({ userKey }) => userKey)).toEqual([open.userKey])
  })

  test('is done only by whoever repeats how many there were, and soon', async () => {
    const bank = await makeBank()
    const people = await makeWaiting(bank, 2)
    const { batchNo } = await seen(cancelAll(bank))
    expect(await batches.run(batchNo, { ...KIM, refreshes: 1 })).toEqual({
      state: 'refused',
      because: 'other_count',
    })
    await moa.test.owner`
      UPDATE operator_batches SET proposed_at = now() - interval '16 minutes' WHERE batch_no = ${batchNo}`
    expect(await batches.run(batchNo, { ...KIM, refreshes: 2 })).toEqual({
      state: 'refused',
      because: 'too_old',
    })
    expect(await batches.run(999_999, { ...KIM, refreshes: 2 })).toBeNull()
    expect(await statesOf(people)).toEqual(['running', 'running'])
  })
})

describe('what is done', () => {
  test('concerns those who were seen, and of them whoever is still so; each is written down, and the batch once', async () => {
    const bank = await makeBank()
    const [first, second, mended] = (await makeWaiting(bank, 3)) as [Person, Person, Person]
    const { batchNo, refreshes } = await seen(cancelAll(bank))
    const [later] = (await makeWaiting(bank, 1)) as [Person]
    // Meanwhile one of them was read after all, and goes on.
    await steps.record(mended.userId, BUTTON)
    await steps.collect(mended.userId, mended.refreshNo, bank, 5)

    expect(await ran(batches.run(batchNo, { ...KIM, refreshes }))).toEqual({
      done: 2,
      already: 0,
      refused: 1,
      left: 0,
      isOver: true,
      refusals: [{ because: 'no_longer_matches', refreshes: 1 }],
    })
    expect(await statesOf([first, second, mended, later])).toEqual([
      'cancelled',
      'cancelled',
      'running',
      'running',
    ])
    expect(await auditOf([first, second, mended])).toEqual([
      { key: first.userKey, outcome: 'done', batch: batchNo },
      { key: second.userKey, outcome: 'done', batch: batchNo },
      { key: mended.userKey, outcome: 'refused', batch: batchNo },
    ])
    const begun = await moa.test.owner`
      SELECT actor, reason, details ->> 'refreshes' AS refreshes FROM audit
      WHERE action = 'batch.begin' AND (details ->> 'batchNo')::int = ${batchNo}`
    expect([...begun]).toEqual([{ actor: 'kim', reason: 'the bank is gone', refreshes: '3' }])
  })

  test('goes on where the last call ended, and again changes nothing', async () => {
    const bank = await makeBank()
    const people = await makeWaiting(bank, 5)
    const inTwos = createOperatorBatches(moa.databases.operator, moa.orders, 2)
    const { batchNo, refreshes } = await seen(cancelAll(bank))
    const lefts = []
    for (let call = 0; call < 4; call += 1) {
      lefts.push((await ran(inTwos.run(batchNo, { ...KIM, refreshes }))).left)
    }
    expect(lefts).toEqual([3, 1, 0, 0])
    expect(await auditOf(people)).toHaveLength(5)
    const [batch] = await batches.list()
    expect(batch).toMatchObject({ batchNo, done: 5, left: 0, begunBy: 'kim', why: 'the bank is gone' })
  })

  test('resumes and excuses as well: what waits is due, what is excused is needed no more', async () => {
    const [bank, other] = [await makeBank(), await makeBank()]
    const people = await makeWaiting(bank, 2)
    const excused = await makeWaiting(other, 1)
    const resume = await seen({ verb: 'resume', filter: filterFor(bank), institutionIds: null })
    expect(await ran(batches.run(resume.batchNo, { ...KIM, refreshes: 2 }))).toMatchObject({ done: 2 })
    const excuse = await seen({ verb: 'excuse', filter: filterFor(other), institutionIds: [other] })
    expect(await ran(batches.run(excuse.batchNo, { ...KIM, refreshes: 1 }))).toMatchObject({ done: 1 })
    const rows = await moa.test.owner<{ state: string; unseen: boolean }[]>`
      SELECT state, unseen FROM plans WHERE user_id = ANY (${[...people, ...excused].map(({ userId }) => userId)})
      ORDER BY user_id`
    expect([...rows]).toEqual([
      { state: 'pending', unseen: true },
      { state: 'pending', unseen: true },
      { state: 'excused', unseen: true },
    ])
  })
})

describe('however many act at once', () => {
  test('each refresh is cancelled once, by one of the calls of one batch', async () => {
    const bank = await makeBank()
    const people = await makeWaiting(bank, 8)
    const { batchNo, refreshes } = await seen(cancelAll(bank))
    const given = { ...KIM, refreshes }
    await Promise.all([batches.run(batchNo, given), batches.run(batchNo, given), batches.run(batchNo, given)])
    expect(await ran(batches.run(batchNo, given))).toMatchObject({ done: 8, already: 0, refused: 0, left: 0 })
    expect((await auditOf(people)).map(({ outcome }) => outcome)).toEqual(Array(8).fill('done'))
  })

  test('of two batches one cancels a refresh, and the other finds it done', async () => {
    const bank = await makeBank()
    const people = await makeWaiting(bank, 6)
    const [one, other] = [await seen(cancelAll(bank)), await seen(cancelAll(bank))]
    const [first, second] = await Promise.all(
      [one, other].map(({ batchNo, refreshes }) => ran(batches.run(batchNo, { ...KIM, refreshes }))),
    )
    expect(first!.done + second!.done).toBe(6)
    expect(first!.already + second!.already).toBe(6)
    expect((await auditOf(people)).filter(({ outcome }) => outcome === 'done')).toHaveLength(6)
  })

  test('a death in the middle of an order leaves it undone and unsaid, and the next call does it', async () => {
    const bank = await makeBank()
    const people = await makeWaiting(bank, 4)
    let orders = 0
    const dying = createOperatorBatches(moa.databases.operator, {
      give: (userId, refreshNo, order, part) => {
        orders += 1
        const dies = orders === 3
        const settle = async () => {
          throw new Error('killed')
        }
        return moa.orders.give(userId, refreshNo, order, dies ? { ...part!, settle } : part)
      },
    })
    const { batchNo, refreshes } = await seen(cancelAll(bank))
    await expect(dying.run(batchNo, { ...KIM, refreshes })).rejects.toThrow()
    expect(await statesOf(people)).toEqual(['cancelled', 'cancelled', 'running', 'running'])
    expect(await auditOf(people)).toHaveLength(2)
    expect(await ran(batches.run(batchNo, { ...KIM, refreshes }))).toMatchObject({
      done: 4,
      left: 0,
      isOver: true,
    })
    expect((await auditOf(people)).map(({ outcome }) => outcome)).toEqual(Array(4).fill('done'))
  })
})
