import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import type { Log } from '../log.ts'
import { createAnchoring } from './anchoring.ts'

const HEAD = { position: 7, hash: 'ab' }

/** What is said while it runs, until so many lines have been. */
async function linesOf(answers: (typeof HEAD | null | Error)[]): Promise<unknown[][]> {
  const said: unknown[][] = []
  const stopping = new AbortController()
  const note = (level: string) => (facts: unknown) => {
    said.push([level, facts])
    if (said.length === answers.length) stopping.abort()
  }
  const log = { info: note('info'), warn: note('warn'), error: note('error') } as unknown as Log
  const left = [...answers]
  const head = async () => {
    const answer = left.shift()!
    if (answer instanceof Error) throw answer
    return answer
  }
  await createAnchoring({ chain: { head }, log, everyMs: 1 }).run(stopping.signal)
  return said
}

test('how far the audit reaches is logged at the start and again and again', async () => {
  expect(
    await linesOf([
      { ...HEAD, position: 7 },
      { ...HEAD, position: 9 },
    ]),
  ).toEqual([
    ['info', { position: 7, hash: 'ab' }],
    ['info', { position: 9, hash: 'ab' }],
  ])
})

test('a database that is away, or a head that is gone, is said and ends nothing', async () => {
  const said = await linesOf([new Error('away: 110-1'), null, HEAD])
  expect(said.map(([level]) => level)).toEqual(['warn', 'error', 'info'])
  expect(JSON.stringify(said)).not.toContain('110-1')
})

test('it stops at once, however long its pause', async () => {
  const stopping = new AbortController()
  const log = { info: () => {} } as unknown as Log
  const running = createAnchoring({ chain: { head: async () => HEAD }, log, everyMs: 3_600_000 }).run(
    stopping.signal,
  )
  await sleep(5)
  stopping.abort()
  await running
})
