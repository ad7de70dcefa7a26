import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { createSharedReads } from './shared-reads.ts'

/** A read that ends when it is told to, and says how often it was begun. */
function makeRead() {
  const begun: { asked: number[]; end: (answer: string) => void; fail: (error: Error) => void }[] = []
  const read = (...asked: number[]) =>
    new Promise<string>((end, fail) => {
      begun.push({ asked, end, fail })
    })
  return { begun, read }
}

const moment = () => sleep(1)

test('all who ask for the same before it has begun get one read', async () => {
  const { begun, read } = makeRead()
  const shared = createSharedReads(4)(read)
  const asked = [shared(7, 1), shared(7, 1), shared(7, 2), shared(8, 1)]
  await moment()
  expect(begun.map((one) => one.asked)).toEqual([
    [7, 1],
    [7, 2],
    [8, 1],
  ])
  begun.forEach(({ end, asked: key }) => end(key.join()))
  expect(await Promise.all(asked)).toEqual(['7,1', '7,1', '7,2', '8,1'])
})

test('a read that has begun is not shared: it may not see what changed since', async () => {
  const { begun, read } = makeRead()
  const shared = createSharedReads(4)(read)
  const early = shared(7)
  await moment()
  const late = shared(7)
  await moment()
  expect(begun).toHaveLength(2)
  begun[0]!.end('before')
  begun[1]!.end('after')
  expect(await Promise.all([early, late])).toEqual(['before', 'after'])
})

test('no more go on at once than the limit, and one that fails lets the next begin', async () => {
  const { begun, read } = makeRead()
  const shared = createSharedReads(2)(read)
  const asked = [1, 2, 3, 4].map((user) => shared(user))
  const failed = expect(asked[0]).rejects.toThrow('away')
  await moment()
  expect(begun).toHaveLength(2)
  begun[0]!.fail(new Error('away'))
  await failed
  await moment()
  expect(begun.map((one) => one.asked)).toEqual([[1], [2], [3]])
  begun[1]!.end('2')
  await moment()
  begun[2]!.end('3')
  begun[3]!.end('4')
  expect(await Promise.all(asked.slice(1))).toEqual(['2', '3', '4'])
})
