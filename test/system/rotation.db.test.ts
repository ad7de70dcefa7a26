import { randomBytes } from 'node:crypto'

import { expect, onTestFinished, test } from 'vitest'

import { createDatabase } from '../../db/database.ts'
import { parseKeyRing } from '../../db/key-ring.ts'
import { createKeys } from '../../db/keys.ts'
import { createRotation } from '../../db/rotation.ts'
import { createTestMoa } from './moa.ts'

const BY = { actor: 'test', reason: null }

/** People without keys, one with, and a rotation that comes by while keys are still made by the old ring. */
async function startRotation(people: number) {
  const moa = await createTestMoa()
  const database = createDatabase({
    url: moa.test.urlOf('moa_keys'),
    size: 1,
    applicationName: 'test keys',
    lockTimeoutMs: 2_000,
    statementTimeoutMs: 30_000,
  })
  onTestFinished(async () => {
    await database.close()
    await moa.close()
  })
  const keyless: number[] = []
  for (let no = 0; no < people; no += 1)
    keyless.push((await moa.api.users.enrol('https://test', `${no}`)).userId)
  await moa.keys.of(keyless.pop()!)
  const ring = parseKeyRing(`k2:${randomBytes(32).toString('base64')},${moa.sealingKeys}`)
  const old = createKeys(moa.databases.worker, parseKeyRing(moa.sealingKeys))
  return {
    rotation: createRotation(database, ring),
    /** Behind the rotation, which has come to the last of them. */
    makeKeyBehind: async () => void (await old.of(keyless.pop()!)),
  }
}

test('a key that was made behind a rotation is found by it all the same', async () => {
  const { rotation, makeKeyBehind } = await startRotation(3)
  let pages = 0
  const rotated = await rotation.rotate(BY, async () => {
    pages += 1
    if (pages <= 2) await makeKeyBehind()
  })
  expect(rotated).toEqual({ rewrapped: 3, unopened: { count: 0, userIds: [] } })
  expect(await rotation.count()).toEqual([
    { id: 'k2', keys: 3 },
    { id: 'k1', keys: 0 },
  ])
})

test('where keys are made by the old ring without end, it says so instead of going on', async () => {
  const { rotation, makeKeyBehind } = await startRotation(20)
  await expect(rotation.rotate(BY, makeKeyBehind)).rejects.toThrow(
    'some process still wraps by another key than k2',
  )
})
