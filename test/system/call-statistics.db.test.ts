import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createCallStatistics } from '../../db/call-statistics.ts'
import { BUCKET_COUNT, type EndedCall, merged, tallied } from '../../domain/call-statistics.ts'
import { FAILURES, type FailureName } from '../../domain/failures.ts'
import { createTestMoa, type TestMoa } from './moa.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

let moa: TestMoa
let counts: ReturnType<typeof createCallStatistics>

beforeAll(async () => {
  moa = await createTestMoa()
  counts = createCallStatistics(moa.databases.worker)
})
afterAll(() => moa.close())

const failed = (failure: FailureName, ms = 7): EndedCall => ({ failure, ms })
const ok = (ms: number): EndedCall => ({ failure: null, ms })
const look = (institutionId: string | null, sinceMs = HOUR_MS, stepMs = MINUTE_MS) =>
  counts.look({ institutionId, sinceMs, stepMs })

/** Moves all that was counted of an institution into the past. */
const age = (institutionId: string, minutes: number) => moa.test.owner`
  UPDATE institution_minutes SET minute = minute - make_interval(mins => ${minutes})
  WHERE institution_id = ${institutionId}`

describe('calls', () => {
  test('of many readings that end at once are all counted, each once', async () => {
    const readings = Array.from({ length: 200 }, (_, no): EndedCall[] => [
      ok(no * 20),
      failed(no % 3 === 0 ? 'InstitutionUnavailable' : 'InstitutionTooSlow', 20_001),
      ...(no % 5 === 0 ? [failed('RateLimited')] : []),
    ])
    await Promise.all(readings.map((reading) => counts.note('MANY', reading)))
    const { counted } = await look('MANY')
    expect(merged(counted)).toEqual(tallied(readings.flat()))
  })

  test('that failed in any way there is are told by that name', async () => {
    const names = Object.keys(FAILURES) as FailureName[]
    for (const name of names) await counts.note('EVERY', [failed(name)])
    const { counted } = await look('EVERY')
    expect(merged(counted).failures).toEqual(Object.fromEntries(names.map((name) => [name, 1])))
  })

  test('of a reading that made none leave nothing', async () => {
    await counts.note('NONE', [])
    expect((await look('NONE')).counted).toEqual([])
  })

  test('are told step by step, the oldest first, without steps in which there were none, and not those before', async () => {
    // Each is moved on with those before it: 190, 130, 70 and 20 minutes ago.
    for (const minutes of [60, 60, 50, 20]) {
      await counts.note('STEPS', [ok(100)])
      await age('STEPS', minutes)
    }
    const { now, counted } = await look('STEPS', 3 * HOUR_MS, HOUR_MS)
    expect(merged(counted).calls).toBe(3)
    const steps = counted.map(({ at }) => at.getTime())
    expect(steps).toEqual(steps.toSorted((a, b) => a - b))
    for (const step of steps) {
      expect(step % HOUR_MS).toBe(0)
      expect(now.getTime() - step).toBeLessThan(4 * HOUR_MS)
    }
  })

  test('of all institutions are told apart', async () => {
    await counts.note('ONE', [ok(1)])
    await counts.note('OTHER', [ok(1), ok(1)])
    const { counted } = await look(null)
    const of = (id: string) => counted.filter(({ institutionId }) => institutionId === id)
    expect([merged(of('ONE')).calls, merged(of('OTHER')).calls]).toEqual([1, 2])
  })

  test('are forgotten once they are old enough, and not before', async () => {
    await counts.note('OLD', [ok(1)])
    await counts.note('NEW', [ok(1)])
    await age('OLD', 10 * 24 * 60)
    await age('NEW', 8 * 24 * 60)
    expect(await counts.forget(9 * 24 * HOUR_MS)).toBe(1)
    expect(await counts.forget(9 * 24 * HOUR_MS)).toBe(0)
    expect((await look('NEW', 20 * 24 * HOUR_MS)).counted).toHaveLength(1)
  })
})

test('rows of another form than the code’s are refused: they could not be put together', async () => {
  const insert = (buckets: number) => moa.test.owner`
    INSERT INTO institution_minutes (institution_id, minute, calls, latency)
    VALUES (${`FORM${buckets}`}, date_trunc('minute', now()), 1, array_fill(0, ARRAY[${buckets}]::int[]))`
  await expect(insert(BUCKET_COUNT - 1)).rejects.toThrow('one_count_per_bucket')
  await insert(BUCKET_COUNT)
})

test('the API, the caretaker and operators see what was counted, and count nothing', async () => {
  for (const role of ['api', 'caretaker', 'operator'] as const) {
    const theirs = createCallStatistics(moa.databases[role])
    await expect(theirs.note('ONE', [ok(1)])).rejects.toThrow()
    await expect(theirs.forget(0)).rejects.toThrow()
    expect(
      (await theirs.look({ institutionId: 'ONE', sinceMs: HOUR_MS, stepMs: MINUTE_MS })).counted,
    ).toHaveLength(1)
  }
})
