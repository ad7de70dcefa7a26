import { expect, test } from 'vitest'

import { gathering } from './gathering.ts'

/** A writer that finishes when it is told to. */
function makeWriter() {
  const writes: { name: string; items: readonly number[]; end: (error?: Error) => void }[] = []
  const write = (name: string, items: readonly number[]) =>
    new Promise<void>((resolve, reject) => {
      writes.push({ name, items, end: (error) => (error ? reject(error) : resolve()) })
    })
  return { writes, say: gathering(write) }
}

const wrote = (writes: { items: readonly number[] }[]) => writes.map(({ items }) => items)

test('what comes while something is being written is written together, in its order', async () => {
  const { writes, say } = makeWriter()
  const first = say('A', 1)
  const others = [say('A', 2), say('A', 3)]
  expect(wrote(writes)).toEqual([[1]])
  writes[0]!.end()
  await first
  await expect.poll(() => wrote(writes)).toEqual([[1], [2, 3]])
  const last = say('A', 4)
  writes[1]!.end()
  await Promise.all(others)
  await expect.poll(() => wrote(writes)).toEqual([[1], [2, 3], [4]])
  writes[2]!.end()
  await last
})

test('names do not wait for each other, and one that is done begins at once', async () => {
  const { writes, say } = makeWriter()
  void say('A', 1)
  const other = say('B', 2)
  expect(wrote(writes)).toEqual([[1], [2]])
  writes[1]!.end()
  await other
  void say('B', 3)
  expect(wrote(writes)).toEqual([[1], [2], [3]])
})

test('a write that fails is heard of by those whose words were in it, and by nobody else', async () => {
  const { writes, say } = makeWriter()
  const first = say('A', 1)
  const second = say('A', 2)
  writes[0]!.end(new Error('away'))
  await expect(first).rejects.toThrow('away')
  await expect.poll(() => writes.length).toBe(2)
  writes[1]!.end()
  await second
})
