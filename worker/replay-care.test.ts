import { expect, test, vi } from 'vitest'

import type { DueReplay, Replays } from '../db/replays.ts'
import { createLog } from '../log.ts'
import { createReplayCare } from './replay-care.ts'

const due = (userId: number): DueReplay => ({ userId, institutionId: 'A', replayAt: new Date(0) })

test('each that was put back is asked for; one that cannot be keeps no other from it', async () => {
  const replay = vi.fn<Replays['replay']>(async ({ userId }) => {
    if (userId === 1) throw new Error('locked')
    return null
  })
  const watch = { due: async () => [due(1), due(2), due(3)] }
  await createReplayCare({ watch, replays: { replay }, log: createLog('caretaker', 'silent') }).round()
  expect(replay.mock.calls.map(([{ userId }]) => userId)).toEqual([1, 2, 3])
})
