import { expect, test } from 'vitest'

import { readCursor, writeCursor } from './cursors.ts'

const cursor = { snapshotNo: 2_147_483_647, occurredAt: '2028-02-29 23:59:59', id: '9223372036854775807' }

const packed = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url')

test('gives back what was written, up to the largest numbers', () => {
  expect(readCursor(writeCursor(cursor))).toEqual(cursor)
  expect(writeCursor(cursor)).toMatch(/^[\w-]{1,120}$/)
})

test.each([
  ['nothing', ''],
  ['no base64', '???'],
  ['no JSON', Buffer.from('[1,').toString('base64url')],
  ['half a cursor', writeCursor(cursor).slice(0, 20)],
  ['a number for an id', packed([4, '2026-11-20 10:11:12', 2])],
  ['an id beyond eight bytes', packed([4, '2026-11-20 10:11:12', '9223372036854775808'])],
  ['a snapshot beyond four bytes', packed([2_147_483_648, '2026-11-20 10:11:12', '2'])],
  ['a snapshot below one', packed([0, '2026-11-20 10:11:12', '2'])],
  ['a day that does not exist', packed([4, '2026-02-30 10:11:12', '2'])],
  ['an hour that does not exist', packed([4, '2026-02-20 25:11:12', '2'])],
  ['words for a time', packed([4, 'infinity', '2'])],
  ['a statement for an id', packed([4, '2026-11-20 10:11:12', '2; --'])],
  ['more than a cursor holds', packed([4, '2026-11-20 10:11:12', '2', 'more'])],
  ['an object', packed({ snapshotNo: 4 })],
  ['far too much', 'a'.repeat(100_000)],
])('refuses %s', (_, text) => {
  expect(() => readCursor(text)).toThrow(expect.objectContaining({ type: 'InvalidRequest' }))
})
