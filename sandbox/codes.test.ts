import { expect, test } from 'vitest'

import { createCodes } from './codes.ts'
import { createTokens } from './tokens.ts'

const agreement = {
  person: 'p',
  clientId: 'c',
  grants: [['SBXBANK001', { scope: 'bank.list', endsOn: '2027-11-22', memo: true }]],
} satisfies Parameters<ReturnType<typeof createCodes>['issue']>[0]

function timed() {
  const clock = { seconds: 0 }
  return { clock, codes: createCodes(createTokens('codes'), () => clock.seconds, undefined) }
}

test('a code is remembered for a day after its end, so that it is known when it comes again', () => {
  const { clock, codes } = timed()
  const code = codes.issue(agreement)
  for (const [seconds, person] of [
    [86_400 + 599, 'p'],
    [86_400 + 600, undefined],
  ] as const) {
    clock.seconds = seconds
    codes.issue(agreement)
    expect(codes.personOf(code, 'SBXBANK001')).toBe(person)
  }
})

test('no more than ten thousand codes are held, and the oldest goes', () => {
  const { codes } = timed()
  const all = Array.from({ length: 10_001 }, () => codes.issue(agreement))
  expect(codes.keep().codes.length).toBe(10_000)
  expect(codes.personOf(all[0]!, 'SBXBANK001')).toBeUndefined()
})

test('codes that an earlier version kept are forgotten: their ten minutes are over', () => {
  const old = { person: 'p', institutionId: 'SBXBANK001', expires: 600 } as never
  const codes = createCodes(createTokens('codes'), () => 0, { codes: [['old', old]], codesIssued: 7 })
  expect([codes.keep().codes, codes.keep().codesIssued]).toEqual([[], 7])
})
