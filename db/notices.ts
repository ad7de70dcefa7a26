import { sql } from 'drizzle-orm'

import type { Tx, UserId } from './database.ts'
import { listen } from './listening.ts'

const STOPS = 'moa_stop'

/** What must stop within a second: a refresh that was closed, or one institution whose consent has ended. */
export type Stop = { userId: UserId; refreshNo?: number; institutionId?: string }

/** Tells every worker, when this transaction commits. A worker that does not hear it finds out from the rows. */
export async function announceStop(tx: Tx, stop: Stop): Promise<void> {
  await tx.execute(sql`SELECT pg_notify(${STOPS}, ${JSON.stringify(stop)})`)
}

/** Listens on a connection of its own, which it opens again whenever it is lost. Throws if it cannot at first. */
export async function listenForStops(
  url: string,
  heard: (stop: Stop) => void,
): Promise<{ close: () => Promise<void> }> {
  const listening = listen({
    url,
    channel: STOPS,
    applicationName: 'moa listener',
    heard: (payload) => heard(JSON.parse(payload) as Stop),
  })
  await listening.firstTry.catch(async (error: unknown) => {
    await listening.close()
    throw error
  })
  return listening
}
