import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createTestDatabase, type TestDatabase } from './databases.ts'
import { runCommand } from './support-e2e/commands.ts'

let own: TestDatabase

beforeAll(async () => {
  own = await createTestDatabase()
  await own.owner`INSERT INTO audit (actor, action) SELECT 'kim', 'test' FROM generate_series(1, 3)`
})

afterAll(async () => {
  await own.drop()
})

const audit = (...args: string[]) =>
  runCommand('db/audit-main.ts', args, { AUDITOR_DATABASE_URL: own.urlOf('moa_auditor') })

describe('npm run audit', () => {
  test('prints an anchor, and says of a whole audit that it is, with it and from it', async () => {
    const anchored = await audit('anchor')
    expect(anchored).toMatchObject({ code: 0, said: expect.stringMatching(/^3:[0-9a-f]{64}\n$/) })
    const anchor = anchored.said.trim()
    expect(await audit('verify', '--anchor', anchor)).toMatchObject({
      code: 0,
      said: `the audit is whole: 3 entries, up to ${anchor}\n`,
      complained: '',
    })
    expect(await audit('verify', '--from', anchor)).toMatchObject({
      code: 0,
      said: `the audit is whole: 0 entries, up to ${anchor}\n`,
    })
    const other = `3:${'0'.repeat(64)}`
    expect(await audit('verify', '--anchor', anchor, '--anchor', other)).toMatchObject({
      code: 3,
      said: expect.stringMatching(/^the audit is NOT as it was written: entry 3 is not what its anchor says/),
    })
  })

  test.each([
    [[]],
    [['verify', 'now']],
    [['verify', '--anchor', '3']],
    [['verify', '--from', `x:${'0'.repeat(64)}`]],
  ])('%j is no way to ask, and no answer to whether it is whole', async (args) => {
    const ended = await audit(...args)
    expect(ended).toMatchObject({ code: 1, said: '' })
    expect(ended.complained).toMatch(/^moa ends: (npm run audit -- |an anchor is )/)
  })

  test('names the first entry that was changed, and ends with 3', async () => {
    await own.owner.begin((tx) =>
      tx.unsafe(
        `SET LOCAL session_replication_role = replica; UPDATE audit SET actor = 'lee' WHERE audit_no >= 2`,
      ),
    )
    expect(await audit('verify')).toMatchObject({
      code: 3,
      said: 'the audit is NOT as it was written: entry 2 was changed, or is another than the one that was written there\n',
    })
  })

  test('does not say whole where it could not look', async () => {
    const settings = { AUDITOR_DATABASE_URL: 'postgresql://moa_auditor@127.0.0.1:1/moa' }
    const ended = await runCommand('db/audit-main.ts', ['verify'], settings)
    expect(ended).toMatchObject({ code: 1, said: '' })
    expect(await runCommand('db/audit-main.ts', ['verify'], {})).toMatchObject({ code: 2, said: '' })
  })
})
