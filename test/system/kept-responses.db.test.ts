import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { UserId } from '../../db/database.ts'
import { MOST_A_DAY } from '../../db/kept-responses.ts'
import { parseKeyRing } from '../../db/key-ring.ts'
import { createOperatorAudit } from '../../db/operator-audit.ts'
import { createOperatorResponses, type OperatorResponses } from '../../db/operator-responses.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import { createSteps, type Steps } from './support/person.ts'

let moa: TestMoa
let steps: Steps
let responses: OperatorResponses

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
  responses = createOperatorResponses(moa.databases.operator, parseKeyRing(moa.sealingKeys))
})
afterAll(async () => {
  await moa.close()
})

const SECRET = '김민지 110-000-777777'
const makeUnexpected = (given: object = {}) => ({
  api: 'bank-004',
  status: 200,
  headers: { 'content-type': 'text/html', server: 'gate/1' },
  expected: 'A bank-004: expected an amount in trans_list.0.trans_amt',
  body: Buffer.from(`{"trans_memo":"${SECRET}"}`),
  isWhole: true,
  ...given,
})
const opening = { by: 'kim', why: 'the bank asks for an example', place: '127.0.0.1' }

/** A person with consents at these, of whom one answer was kept at each. */
async function makePerson(institutionIds: readonly string[]) {
  const { userId, userKey } = await steps.enrolWithConsents([...institutionIds])
  for (const institutionId of institutionIds)
    await moa.worker.keptResponses.keep({ userId, institutionId }, 1, [makeUnexpected()])
  return { userId, userKey }
}

const idsOf = async (userId: UserId): Promise<string[]> => {
  const rows = await moa.test.owner<{ id: string }[]>`
    SELECT response_id::text AS id FROM kept_responses WHERE user_id = ${userId} ORDER BY institution_id`
  return rows.map(({ id }) => id)
}

describe('an answer that was not believed', () => {
  test('is listed by what came and when, without what it said and whose it is', async () => {
    const { userId, userKey } = await makePerson(['LIST000001'])
    const [head, ...others] = await responses.list('LIST000001', 10)
    expect(others).toEqual([])
    const { headers, expected, api, status } = makeUnexpected()
    expect(head).toEqual({
      responseId: (await idsOf(userId))[0],
      institutionId: 'LIST000001',
      api,
      status,
      headers,
      expected,
      bodyBytes: makeUnexpected().body.length,
      isWhole: true,
      keptAt: expect.any(Date),
      expiresAt: new Date(head!.keptAt.getTime() + 7 * 86_400_000),
    })
    expect(JSON.stringify(head)).not.toContain(userKey)
  })

  test('stands in the database sealed', async () => {
    const { userId } = await makePerson(['SEAL000001'])
    const [row] = await moa.test.owner<[{ text: string; bytes: string }]>`
      SELECT k::text AS text, encode(body_sealed, 'hex') AS bytes FROM kept_responses k WHERE user_id = ${userId}`
    const hex = Buffer.from(SECRET).toString('hex')
    const base64 = Buffer.from(makeUnexpected().body.toString('base64')).toString('hex')
    for (const shape of [SECRET, hex, base64]) expect(`${row.text} ${row.bytes}`).not.toContain(shape)
  })

  test('opens to whoever says why, and each time that stands in the audit', async () => {
    const { userId, userKey } = await makePerson(['OPEN000001'])
    const [responseId = ''] = await idsOf(userId)
    for (let time = 0; time < 2; time += 1) {
      const opened = await responses.open(responseId, opening)
      expect(opened?.body.toString()).toContain(SECRET)
    }
    const audit = createOperatorAudit(moa.databases.operator)
    const filter = { userKey, actor: null, action: 'response.open', institutionId: 'OPEN000001' }
    const entries = await audit.list(filter, 10, null)
    expect(entries).toHaveLength(2)
    expect(entries[0]).toMatchObject({
      actor: 'kim',
      reason: opening.why,
      details: { responseId, api: 'bank-004' },
    })
    expect(JSON.stringify(entries)).not.toContain(SECRET)
    expect(await responses.open('00000000-0000-4000-8000-000000000000', opening)).toBeNull()
  })

  test.each([
    ['another user', ['MOVE000001'], ['MOVE000001']],
    ['another institution', ['MOVE000002'], ['MOVE000003']],
  ])('does not open in the row of %s, and the try stands in the audit', async (_what, from, to) => {
    const [one, other] = [await makePerson(from), await makePerson(to)]
    const [[fromId = ''], [toId = '']] = [await idsOf(one.userId), await idsOf(other.userId)]
    await moa.test.owner`
      UPDATE kept_responses SET body_sealed = (SELECT body_sealed FROM kept_responses
        WHERE response_id = ${fromId}::uuid) WHERE response_id = ${toId}::uuid`
    await expect(responses.open(toId, opening)).rejects.toThrow('unable to authenticate data')
    const [row] = await moa.test.owner<[{ tries: number }]>`
      SELECT count(*)::int AS tries FROM audit WHERE details ->> 'responseId' = ${toId}`
    expect(row.tries).toBe(1)
  })

  test('does not open where no keys were given, and nothing is written of it', async () => {
    const { userId } = await makePerson(['KEYS000001'])
    const [responseId = ''] = await idsOf(userId)
    const blind = createOperatorResponses(moa.databases.operator, null)
    await expect(blind.open(responseId, opening)).rejects.toMatchObject({ type: 'StorageUnavailable' })
    const rows = await moa.test.owner`SELECT FROM audit WHERE details ->> 'responseId' = ${responseId}`
    expect(rows).toHaveLength(0)
  })
})

describe('what was kept is gone', () => {
  test.each<[string, (userId: UserId) => Promise<unknown>]>([
    ['ends', (userId) => moa.api.consents.fenceRevoked(userId, 'GONE000001', false)],
    ['ends with a deletion', (userId) => moa.api.consents.fenceRevoked(userId, 'GONE000001', true)],
    ['is given anew', (userId) => moa.api.consents.grant(userId, makeGrant('GONE000001'))],
  ])('with the commit by which its consent %s, and nothing else with it', async (_what, move) => {
    const { userId } = await makePerson(['GONE000001', 'STAY000001'])
    const other = await makePerson(['GONE000001'])
    const [gone, stays] = await idsOf(userId)
    await move(userId)
    expect(await idsOf(userId)).toEqual([stays])
    expect(await idsOf(other.userId)).toHaveLength(1)
    expect(await responses.open(gone ?? '', opening)).toBeNull()
    // A reading that began before comes too late.
    const ref = { userId, institutionId: 'GONE000001' }
    await moa.worker.keptResponses.keep(ref, 1, [makeUnexpected()])
    expect(await idsOf(userId)).toEqual([stays])
  })

  test('to readers after its time, and from the table with the next purge', async () => {
    const { userId } = await makePerson(['TIME000001'])
    const [responseId = ''] = await idsOf(userId)
    await moa.test.owner`
      UPDATE kept_responses SET kept_at = now() - interval '8 days', expires_at = now() - interval '1 second'
      WHERE user_id = ${userId}`
    expect(await responses.list('TIME000001', 10)).toEqual([])
    expect(await responses.open(responseId, opening)).toBeNull()
    await moa.test.owner`UPDATE users SET next_purge_at = now() WHERE user_id = ${userId}`
    await moa.purging.step(userId)
    expect(await idsOf(userId)).toEqual([])
  })
})

test('an institution has its share of a day, of all its users together, and others theirs', async () => {
  const people = [
    await makePerson(['MUCH000001', 'ELSE000001']),
    await makePerson(['MUCH000001', 'ELSE000001']),
  ]
  const many = Array.from({ length: MOST_A_DAY }, () => makeUnexpected())
  for (const { userId } of people) {
    await moa.worker.keptResponses.keep({ userId, institutionId: 'MUCH000001' }, 1, many)
    await moa.worker.keptResponses.keep({ userId, institutionId: 'ELSE000001' }, 1, [makeUnexpected()])
  }
  expect(await responses.list('MUCH000001', 100)).toHaveLength(MOST_A_DAY)
  expect(await responses.list('ELSE000001', 100)).toHaveLength(4)
  await moa.test.owner`
    UPDATE kept_responses SET kept_at = kept_at - interval '25 hours' WHERE institution_id = 'MUCH000001'`
  await moa.worker.keptResponses.keep({ userId: people[0]!.userId, institutionId: 'MUCH000001' }, 1, many)
  expect(await responses.list('MUCH000001', 100)).toHaveLength(2 * MOST_A_DAY)
})
