import { randomBytes } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { ReadingRef } from '../../db/attempts.ts'
import { createOperatorStory } from '../../db/operator-story.ts'
import type { InstitutionOrder } from '../../domain/institution-settings.ts'
import { ALWAYS_OPEN, type Windows } from '../../domain/windows.ts'
import { createTestMoa, makeInstitution, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, refreshOf, type Steps } from './support/person.ts'

const HOUR = 3_600_000
const KIM = { by: 'kim', why: 'the bank called' }

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})
afterAll(() => moa.close())

/** A bank of one test's own. */
async function makeBank(): Promise<string> {
  const institutionId = `B${randomBytes(4).toString('hex')}`
  await moa.api.institutions.register([makeInstitution(institutionId)])
  return institutionId
}

/** Somebody whose refresh has begun and wants to read this bank. */
async function makeReader(institutionId: string): Promise<ReadingRef> {
  const { userId, refreshNo } = await steps.enrolWithConsents([institutionId])
  await moa.worker.refreshes.begin(userId, refreshNo, 'run')
  return { userId, refreshNo, institutionId, round: 1 }
}

const begin = (reader: ReadingRef) => moa.worker.attempts.begin(reader)
const say = (institutionId: string, order: InstitutionOrder) =>
  moa.operatorInstitutions.say(institutionId, order, KIM)

/** As a run does with what it is answered. */
async function settle(reader: ReadingRef): Promise<void> {
  const answer = await begin(reader)
  if (answer === 'done' || !('notYet' in answer)) throw new Error('the reading could begin')
  const failure = answer.notYet === 'window' ? 'InstitutionInMaintenance' : 'InstitutionPaused'
  await moa.worker.attempts.fail(reader, failure, answer.notBefore, true)
}

async function rowOf({ userId, refreshNo }: ReadingRef) {
  const [row] = await moa.test.owner<
    {
      state: string
      failure: string | null
      nextTryAt: Date | null
      notBefore: Date | null
      waits: number
      tries: number
    }[]
  >`
    SELECT state, failure, next_try_at AS "nextTryAt", not_before AS "notBefore", waits,
      (SELECT count(*)::int FROM attempts a WHERE a.user_id = p.user_id AND a.refresh_no = p.refresh_no) AS tries
    FROM plans p WHERE user_id = ${userId} AND refresh_no = ${refreshNo}`
  return row!
}

const isDue = async (reader: ReadingRef): Promise<boolean> => {
  const [row] = await moa.test.owner<{ due: boolean }[]>`
    SELECT next_try_at <= now() AS due FROM plans WHERE user_id = ${reader.userId} AND refresh_no = ${reader.refreshNo}`
  return row!.due
}

/** Announced, so many hours from now. */
const announced = (from: number, to: number): Windows => ({
  hours: null,
  maintenance: [{ from: fromNow(from), to: fromNow(to), text: 'core banking' }],
})
const fromNow = (hours: number): Date => new Date(Math.floor(Date.now() / 1000) * 1000 + hours * HOUR)

// Each with a bank of its own; an order looks for rows that somebody held for a second.
describe.concurrent('an institution that is paused', () => {
  test('is begun by nobody: no try, no slot; its rows wait, and say why, until it is resumed', async () => {
    const bank = await makeBank()
    const reader = await makeReader(bank)
    expect(await say(bank, { verb: 'pause', until: null })).toMatchObject({
      outcome: 'done',
      before: { state: 'active' },
      after: { state: 'paused', pausedUntil: null },
    })
    expect(await begin(reader)).toEqual({ notYet: 'paused', notBefore: null })
    await settle(reader)
    expect(await rowOf(reader)).toMatchObject({
      state: 'failed',
      failure: 'InstitutionPaused',
      tries: 0,
      waits: 0,
    })
    expect(await isDue(reader)).toBe(false)

    expect(await say(bank, { verb: 'resume' })).toMatchObject({ outcome: 'done', waiting: 1 })
    expect(await isDue(reader)).toBe(true)
    await moa.worker.refreshes.begin(reader.userId, reader.refreshNo, 'run')
    expect(await begin({ ...reader, round: 2 })).toMatchObject({ attempt: 1 })
  })

  test('until a time goes on by itself then, and sooner where that time is made sooner', async () => {
    const bank = await makeBank()
    const reader = await makeReader(bank)
    const until = fromNow(8)
    await say(bank, { verb: 'pause', until })
    expect(await begin(reader)).toEqual({ notYet: 'paused', notBefore: until })
    await settle(reader)
    const row = await rowOf(reader)
    // Minutes later at most, our own word and none of the bank's, and no step on the way to longer waits.
    expect(row.nextTryAt!.getTime()).toBeGreaterThanOrEqual(until.getTime())
    expect(row.nextTryAt!.getTime()).toBeLessThanOrEqual(until.getTime() + 300_000 + 1_000)
    expect(row).toMatchObject({ notBefore: null, waits: 0 })

    const sooner = fromNow(2)
    expect(await say(bank, { verb: 'pause', until: sooner })).toMatchObject({ outcome: 'done', waiting: 1 })
    expect((await rowOf(reader)).nextTryAt).toEqual(sooner)
    expect(await say(bank, { verb: 'pause', until: fromNow(9) })).toMatchObject({
      outcome: 'done',
      waiting: 0,
    })

    await moa.test
      .owner`UPDATE institutions SET paused_until = now() - interval '1 second' WHERE institution_id = ${bank}`
    expect(await begin(await makeReader(bank))).toMatchObject({ attempt: 1 })
  })

  test('keeps no later refresh waiting once it goes on, whoever was waiting when an earlier one was closed', async () => {
    const bank = await makeBank()
    const reader = await makeReader(bank)
    await say(bank, { verb: 'pause', until: fromNow(8) })
    await settle(reader)
    await moa.worker.refreshes.close(reader.userId, reader.refreshNo, 'cancelled', 'a test')
    await say(bank, { verb: 'resume' })
    const refreshNo = refreshOf(await steps.record(reader.userId, BUTTON))
    await moa.worker.refreshes.begin(reader.userId, refreshNo, 'run')
    expect(await begin({ ...reader, refreshNo })).toMatchObject({ attempt: 1 })
  })

  test('resumed wakes only those that waited for that: what the bank itself named is kept', async () => {
    const bank = await makeBank()
    const [paused, throttled, failed] = [
      await makeReader(bank),
      await makeReader(bank),
      await makeReader(bank),
    ]
    await moa.worker.attempts.fail(throttled, 'RateLimited', fromNow(3))
    await moa.worker.attempts.fail(failed, 'InstitutionUnavailable', null)
    await say(bank, { verb: 'pause', until: null })
    await settle(paused)
    expect(await say(bank, { verb: 'resume' })).toMatchObject({ waiting: 1 })
    expect(await Promise.all([paused, throttled, failed].map(isDue))).toEqual([true, false, false])
  })

  test('resumed by an order that died half-way wakes those that wait when it is given again', async () => {
    const bank = await makeBank()
    const reader = await makeReader(bank)
    await say(bank, { verb: 'pause', until: null })
    await settle(reader)
    await moa.test.owner`UPDATE institutions SET state = 'active' WHERE institution_id = ${bank}`
    expect(await say(bank, { verb: 'resume' })).toMatchObject({ outcome: 'already', waiting: 1 })
    expect(await isDue(reader)).toBe(true)
  })
})

describe.concurrent('outside of its windows', () => {
  test('no reading is begun: the time at which it may is a result, and its row waits for it', async () => {
    const bank = await makeBank()
    const reader = await makeReader(bank)
    const windows = announced(-1, 5)
    await say(bank, { verb: 'windows', windows })
    const until = windows.maintenance[0]!.to
    expect(await begin(reader)).toEqual({ notYet: 'window', notBefore: until })
    await settle(reader)
    const row = await rowOf(reader)
    expect(row).toMatchObject({
      state: 'failed',
      failure: 'InstitutionInMaintenance',
      tries: 0,
      notBefore: null,
    })
    expect(row.nextTryAt!.getTime()).toBeGreaterThanOrEqual(until.getTime())
    const [user] = await moa.test.owner<{ key: string }[]>`
      SELECT user_key AS key FROM users WHERE user_id = ${reader.userId}`
    const story = createOperatorStory(moa.databases.operator)
    const heldNow = async () => (await story.of(user!.key, reader.refreshNo))!.plan[0]!.held
    expect(await heldNow()).toContain('core banking')
    await say(bank, { verb: 'pause', until: fromNow(8) })
    expect(await heldNow()).toMatch(/^paused, until 20/)
  })

  test('a maintenance that was announced closes nothing before it begins', async () => {
    const bank = await makeBank()
    await say(bank, { verb: 'windows', windows: announced(1, 5) })
    expect(await begin(await makeReader(bank))).toMatchObject({ attempt: 1 })
  })

  test('windows that are taken back, or shortened, are waited for no longer than they are', async () => {
    const bank = await makeBank()
    const reader = await makeReader(bank)
    await say(bank, { verb: 'windows', windows: announced(-1, 9) })
    await settle(reader)
    const shorter = announced(-1, 2)
    expect(await say(bank, { verb: 'windows', windows: shorter })).toMatchObject({ waiting: 1 })
    expect((await rowOf(reader)).nextTryAt).toEqual(shorter.maintenance[0]!.to)
    expect(await say(bank, { verb: 'windows', windows: ALWAYS_OPEN })).toMatchObject({ waiting: 1 })
    expect(await isDue(reader)).toBe(true)
  })

  test('what the institution itself says of its maintenance is not ours to take back', async () => {
    const bank = await makeBank()
    const reader = await makeReader(bank)
    await moa.worker.attempts.fail(reader, 'InstitutionInMaintenance', fromNow(4))
    expect(await say(bank, { verb: 'windows', windows: ALWAYS_OPEN })).toMatchObject({ waiting: 0 })
    expect(await isDue(reader)).toBe(false)
  })
})

describe('times of its own', () => {
  const limitsOf = async ({ userId, refreshNo }: ReadingRef) => {
    const [row] = await moa.test.owner<{ limits: Record<string, number> }[]>`
      SELECT limits FROM plans WHERE user_id = ${userId} AND refresh_no = ${refreshNo}`
    return row!.limits
  }

  test('travel in the plans of refreshes from then on, and change none that is under way', async () => {
    const bank = await makeBank()
    const before = await makeReader(bank)
    await say(bank, { verb: 'timeouts', callMs: 7_000, attemptMs: 90_000 })
    expect(await limitsOf(before)).toMatchObject({ callMs: 5_000, attemptMs: 20_000, readingMs: 60_000 })
    const after = await makeReader(bank)
    expect(await limitsOf(after)).toMatchObject({ callMs: 7_000, attemptMs: 90_000, readingMs: 90_000 })
    expect(await begin(after)).toMatchObject({ limits: { callMs: 7_000 } })
    await say(bank, { verb: 'timeouts', callMs: null, attemptMs: null })
    expect(await limitsOf(await makeReader(bank))).toMatchObject({ callMs: 5_000, attemptMs: 20_000 })
  })
})

describe('whatever is said of an institution', () => {
  const auditOf = (bank: string) =>
    moa.test.owner<{ action: string; actor: string; reason: string; details: Record<string, unknown> }[]>`
      SELECT action, actor, reason, details FROM audit WHERE institution_id = ${bank} ORDER BY audit_no`

  test('stands in the audit with who, why, before and after; said again it changes nothing, and is written down', async () => {
    const bank = await makeBank()
    await say(bank, { verb: 'limits', concurrency: 7 })
    expect(await say(bank, { verb: 'limits', concurrency: 7 })).toMatchObject({ outcome: 'already' })
    const entries = await auditOf(bank)
    expect(entries).toEqual([
      {
        action: 'institution.limits',
        actor: 'kim',
        reason: 'the bank called',
        details: {
          outcome: 'done',
          because: null,
          before: expect.objectContaining({ concurrency: 100 }),
          after: expect.objectContaining({ concurrency: 7 }),
        },
      },
      expect.objectContaining({ details: expect.objectContaining({ outcome: 'already' }) }),
    ])
    expect(await moa.api.institutions.find(bank)).toMatchObject({ concurrency: 7 })
  })

  test('is refused by name where it cannot be meant, and the refusal is written down', async () => {
    const bank = await makeBank()
    expect(await say(bank, { verb: 'pause', until: fromNow(-1) })).toMatchObject({
      because: 'until_has_passed',
    })
    expect(await say(bank, { verb: 'timeouts', callMs: 30_000, attemptMs: 10_000 })).toMatchObject({
      because: 'attempt_shorter_than_call',
    })
    await moa.test.owner`UPDATE institutions SET state = 'removed' WHERE institution_id = ${bank}`
    expect(await say(bank, { verb: 'resume' })).toMatchObject({ because: 'institution_removed' })
    expect((await auditOf(bank)).map(({ details }) => details.because)).toEqual([
      'until_has_passed',
      'attempt_shorter_than_call',
      'institution_removed',
    ])
    expect(await moa.api.institutions.find(bank)).toMatchObject({
      state: 'removed',
      pausedUntil: null,
      callMs: null,
    })
    expect(await say('NOBODY0001', { verb: 'resume' })).toBeNull()
  })

  test('survives a new list of institutions, and each of two who speak at once finds what the other left', async () => {
    const bank = await makeBank()
    const limits = Array.from({ length: 8 }, (_, k) => k + 1)
    await Promise.all(limits.map((concurrency) => say(bank, { verb: 'limits', concurrency })))
    const windows = announced(1, 2)
    await say(bank, { verb: 'windows', windows })
    await moa.api.institutions.register([{ ...makeInstitution(bank), name: 'Renamed' }])
    const entries = await auditOf(bank)
    const seen = entries.slice(0, 8).map(({ details }) => details as { before: Settings; after: Settings })
    for (const [place, { before }] of seen.entries()) {
      if (place > 0) expect(before.concurrency).toBe(seen[place - 1]!.after.concurrency)
    }
    const { institutions } = await moa.operatorInstitutions.list(1_000, null)
    expect(institutions.find(({ institutionId }) => institutionId === bank)).toMatchObject({
      name: 'Renamed',
      concurrency: seen[7]!.after.concurrency,
      windows,
      reading: 0,
    })
  })
})

type Settings = { concurrency: number }
