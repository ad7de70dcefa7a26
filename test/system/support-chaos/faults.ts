import { setTimeout as sleep } from 'node:timers/promises'

import type { TestMoa } from '../moa.ts'
import type { Random } from '../support/random.ts'
import type { Ground } from './ground.ts'

/* What can be broken, for how long. Each leaves all well again. */

/** As somebody who tidies up: every so often one connection of Moa's processes is ended by the database. */
export async function endConnections({ test }: TestMoa, forMs: number, everyMs: number): Promise<number> {
  let ended = 0
  for (const giveUpAt = Date.now() + forMs; Date.now() < giveUpAt;) {
    const [row] = await test.owner<{ ended: number }[]>`
      SELECT count(pg_terminate_backend(pid))::int AS ended FROM (
        SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'moa %' AND datname = current_database()
        ORDER BY random() LIMIT 1) one`
    ended += row!.ended
    await sleep(everyMs)
  }
  return ended
}

/** A worker's way to a server is away, and everything on it was reset. */
export async function cutFor(link: Ground['links']['database'], forMs: number): Promise<void> {
  link.cut()
  await sleep(forMs)
  link.mend()
}

/** What a worker says arrives, and it hears nothing, until its connections are reset. */
export async function loseRepliesFor(link: Ground['links']['database'], forMs: number): Promise<void> {
  link.loseReplies()
  await sleep(forMs)
  link.mend()
}

/** Everything stands still, and goes on connection by connection in an order of chance. */
export async function freezeAllFor({ links }: Ground, forMs: number, random: Random): Promise<void> {
  const ways = Object.values(links)
  for (const way of ways) way.freeze()
  await sleep(forMs)
  await Promise.all(ways.map((way) => way.thaw(random.below, () => sleep(random.below(40)))))
}
