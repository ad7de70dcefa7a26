import { expect, test } from 'vitest'

import { type Exit } from './exits.ts'
import { keepRunning } from './keep-running.ts'

const KILLED: Exit = { code: null, signal: 'SIGKILL' }

/** A server that runs until `die` or `stop`, and counts how often it was started. */
function makeServer() {
  const running = { starts: 0, die: (exit: Exit): void => void exit }
  const start = async () => {
    running.starts += 1
    const exited = new Promise<Exit>((resolve) => (running.die = resolve))
    const end = async (): Promise<void> => running.die({ code: 0, signal: null })
    return { exited, stop: end, kill: end }
  }
  return { running, start }
}

const makeOptions = (start: ReturnType<typeof makeServer>['start'], said: string[]) => ({
  name: 'PostgreSQL',
  start,
  limit: 2,
  withinMs: 60_000,
  delayMs: 1,
  onDied: ({ sentence, willRestart }: { sentence: string; willRestart: boolean }) =>
    said.push(`${sentence} ${willRestart}`),
})

test('a server that dies is started again, until it dies too often', async () => {
  const { running, start } = makeServer()
  const said: string[] = []
  const kept = await keepRunning(makeOptions(start, said))
  for (const starts of [2, 3]) {
    running.die(KILLED)
    await expect.poll(() => running.starts).toBe(starts)
  }
  running.die(KILLED)
  expect((await kept.gone)?.message).toBe(
    'PostgreSQL was ended by SIGKILL; it died 3 times within 60 s and is not started again',
  )
  expect(said).toEqual([
    'PostgreSQL was ended by SIGKILL true',
    'PostgreSQL was ended by SIGKILL true',
    'PostgreSQL was ended by SIGKILL false',
  ])
})

test('a server that is stopped is not started again', async () => {
  const { running, start } = makeServer()
  const said: string[] = []
  const kept = await keepRunning(makeOptions(start, said))
  await kept.stop()
  expect(await kept.gone).toBeUndefined()
  expect([running.starts, said]).toEqual([1, []])
})
