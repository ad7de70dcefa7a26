import { setTimeout as sleep } from 'node:timers/promises'

import { expect } from 'vitest'

import { press } from '../support-e2e/asking.ts'
import { type Person, until } from '../world.ts'
import { type Ground, INSTITUTIONS } from './ground.ts'

type Child = { pid: () => number | undefined; lines: readonly string[] }

// What the engine hands to a worker that stands still is lost for up to ten seconds each: its polls are still open.
const LIMIT_MS = 240_000

/** Stops a process as a machine that stands still, and lets it go on. */
const stop = (child: Child) => process.kill(child.pid()!, 'SIGSTOP')
const goOn = (child: Child) => process.kill(child.pid()!, 'SIGCONT')

/**
 * A worker stands still with an answer in its hands. Its reading is done by another, the institutions' day goes on, and a
 * newer reading lands; then the first goes on with what it has. Answers what it said of its try.
 */
export async function staleAttempt(ground: Ground, person: Person, atLeastMs: number): Promise<string[]> {
  const { world } = ground
  const [slow] = ground.workers
  const refreshNo = await press(world, person)
  await until('a reading that has its answers', async () => hasItsAnswers(ground, person), 60_000)
  stop(slow!)
  const stoppedAt = Date.now()
  await ground.startWorker()
  await ground.atRest(LIMIT_MS)
  expect(await stateOf(ground, person, refreshNo)).toBe('succeeded')
  world.sandbox.control.moveClock({ advanceDays: 1 })
  const newer = await press(world, person)
  await ground.atRest(LIMIT_MS)
  expect(await stateOf(ground, person, newer)).toBe('succeeded')
  await sleep(Math.max(0, stoppedAt + atLeastMs - Date.now()))
  const said = slow!.lines.length
  goOn(slow!)
  const ends = () =>
    slow!.lines.slice(said).filter((line) => /Activity (failed|completed|canceled)/.test(line))
  await until('the stale try to end', async () => ends().length > 0, 60_000)
  return ends()
}

const stateOf = async ({ moa }: Ground, { userId }: Person, refreshNo: number) =>
  (await moa.api.progress.of(userId, refreshNo))?.state

/** All that it asked was answered a while ago, and nothing of it is stored: the worker holds it, at its failpoint. */
async function hasItsAnswers({ world, moa }: Ground, { person, userId }: Person): Promise<boolean> {
  const calls = world.sandbox.control.calls({ person })
  const isQuiet = calls.every(({ endedAt }) => endedAt !== null && endedAt < Date.now() - 700)
  const rows = await moa.test.owner`
    SELECT FROM attempts a JOIN refreshes r USING (user_id, refresh_no)
    WHERE a.user_id = ${userId} AND a.ended_at IS NULL AND r.closed_at IS NULL`
  return isQuiet && rows.length > 0
}

/**
 * A worker stands still in the middle of the transaction that stores a reading, with its locks. Another reads again
 * meanwhile. Answers how many readings each round of the refresh has left.
 */
export async function stoppedInApply(ground: Ground, person: Person, stoppedMs: number): Promise<number[]> {
  const { world, moa } = ground
  const [slow] = ground.workers
  // Slow enough for all to have begun before the first has its answers.
  world.sandbox.control.behaviour({ institutionId: '*', latencyMs: 300 })
  const refreshNo = await press(world, person)
  await until('attempts', async () => (await attemptsOf(ground, person, refreshNo)) === INSTITUTIONS, 30_000)
  await moa.test.owner.begin(async (tx) => {
    await tx`SELECT FROM refreshes WHERE user_id = ${person.userId} AND refresh_no = ${refreshNo} FOR UPDATE`
    await until('an apply that waits for the row', () => waitsForRow(ground), 30_000)
    stop(slow!)
  })
  world.sandbox.control.resetBehaviour()
  const other = await ground.startWorker()
  await sleep(stoppedMs)
  goOn(slow!)
  await ground.atRest(LIMIT_MS)
  expect(await stateOf(ground, person, refreshNo)).toBe('succeeded')
  expect(other.pid()).toBeDefined()
  const rounds = await moa.test.owner<{ collections: number }[]>`
    SELECT count(*)::int AS collections FROM collections
    WHERE user_id = ${person.userId} AND refresh_no = ${refreshNo} GROUP BY institution_id, round`
  return rounds.map(({ collections }) => collections)
}

const attemptsOf = async ({ moa }: Ground, { userId }: Person, refreshNo: number): Promise<number> =>
  (await moa.test.owner`SELECT FROM attempts WHERE user_id = ${userId} AND refresh_no = ${refreshNo}`).length

async function waitsForRow({ moa }: Ground): Promise<boolean> {
  const rows = await moa.test.owner`
    SELECT FROM pg_stat_activity WHERE application_name = 'moa worker' AND datname = current_database()
      AND wait_event_type = 'Lock' AND query LIKE '%FOR SHARE%'`
  return rows.length > 0
}
