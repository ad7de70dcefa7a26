import { expect, test } from 'vitest'

import { allowedFacts } from './log.ts'

test('a log line says ids, names, counts and states, and leaves everything else out', () => {
  const facts = {
    refreshNo: 3,
    institutionId: 'BANKA00001',
    accountNumber: '110-222',
    memo: 'rent',
    error: new Error('x'),
  }
  expect(allowedFacts(facts)).toEqual({ refreshNo: 3, institutionId: 'BANKA00001' })
})
