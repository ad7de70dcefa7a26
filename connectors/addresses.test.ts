import { expect, test } from 'vitest'

import { isPublicAddress } from './addresses.ts'
import { NO_ADDRESSES, NOT_PUBLIC, PUBLIC } from './test-addresses.ts'

test.each(NOT_PUBLIC)('does not take %s for public: %s', (_what, address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each(NO_ADDRESSES)('does not take %s for an address: %s', (_what, host) => {
  expect(isPublicAddress(host)).toBe(false)
})

test.each(PUBLIC)('takes %s for public: %s', (_what, address) => {
  expect(isPublicAddress(address)).toBe(true)
})
