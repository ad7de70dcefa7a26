import { expect, test } from 'vitest'

import { createTurns } from './turns.ts'

const gate = () => {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

test('work of one user goes one after another, in the order it came', async () => {
  const inTurn = createTurns()
  const first = gate()
  const told: string[] = []
  const both = Promise.all([
    inTurn(1, async () => {
      await first.opened
      told.push('first')
    }),
    inTurn(1, async () => told.push('second')),
  ])
  await inTurn(2, async () => told.push('another user'))
  first.open()
  await both
  expect(told).toEqual(['another user', 'first', 'second'])
})

test('work that fails lets the next one go, and says so to its own caller', async () => {
  const inTurn = createTurns()
  const failing = inTurn(1, async () => {
    throw new Error('no')
  })
  const next = inTurn(1, async () => 'yes')
  await expect(failing).rejects.toThrow('no')
  await expect(next).resolves.toBe('yes')
})

test('a line has an end', async () => {
  const inTurn = createTurns()
  const { opened, open } = gate()
  const waiting = Array.from({ length: 1_000 }, () => inTurn(1, () => opened))
  await expect(inTurn(1, async () => {})).rejects.toMatchObject({ type: 'StorageUnavailable' })
  open()
  await Promise.all(waiting)
  await expect(inTurn(1, async () => 'free again')).resolves.toBe('free again')
})
