import { expect, test } from 'vitest'

import { readCursor, writeCursor } from './cursors.ts'

const cursor = { snapshotNo: 2_147_483_647, occurredAt: '2028-02-29 23:59:59', id: '9223372036854775807' }

const QUESTION = { view: 'latest', category: 'income' }

const MARK = (JSON.parse(Buffer.from(writeCursor(cursor, QUESTION), 'base64url').toString()) as string[])[3]

const packed = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url')

test('gives back what was written, up to the largest numbers', () => {
  expect(readCursor(writeCursor(cursor, QUESTION), QUESTION)).toEqual(cursor)
  expect(writeCursor(cursor, QUESTION)).toMatch(/^[\w-]{1,120}$/)
})

test.each([
  ['nothing', ''],
  ['no base64', '???'],
  ['no JSON', Buffer.from('[1,').toString('base64url')],
  ['half a cursor', writeCursor(cursor, QUESTION).slice(0, 20)],
  ['a number for an id', packed([4, '2026-11-20 10:11:12', 2, MARK])],
  ['an id beyond eight bytes', packed([4, '2026-11-20 10:11:12', '9223372036854775808', MARK])],
  ['a snapshot beyond four bytes', packed([2_147_483_648, '2026-11-20 10:11:12', '2', MARK])],
  ['a snapshot below one', packed([0, '2026-11-20 10:11:12', '2', MARK])],
  ['a day that does not exist', packed([4, '2026-02-30 10:11:12', '2', MARK])],
  ['an hour that does not exist', packed([4, '2026-02-20 25:11:12', '2', MARK])],
  ['words for a time', packed([4, 'infinity', '2', MARK])],
  ['a statement for an id', packed([4, '2026-11-20 10:11:12', '2; --', MARK])],
  ['more than a cursor holds', packed([4, '2026-11-20 10:11:12', '2', MARK, 'more'])],
  ['an object', packed({ snapshotNo: 4 })],
  ['far too much', 'a'.repeat(100_000)],
])('refuses %s', (_, text) => {
  expect(() => readCursor(text, QUESTION)).toThrow(expect.objectContaining({ type: 'InvalidRequest' }))
})

test('belongs to one question: with other filters it is refused, and says so', () => {
  const text = writeCursor(cursor, QUESTION)
  expect(() => readCursor(text, { ...QUESTION, category: 'finance' })).toThrow(
    expect.objectContaining({
      errors: [
        { path: 'cursor', message: 'belongs to other filters: only limit may differ from page to page' },
      ],
    }),
  )
})
