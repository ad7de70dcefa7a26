import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { onGround } from '../system/support-chaos/ground.ts'
import { startOwnPostgres, startOwnTemporal } from '../system/support-e2e/servers.ts'
import { until } from '../system/world.ts'
import { count, expectEndured } from './counts.ts'

const AWAY_MS = 5_000
const RECOVERED_WITHIN_MS = 120_000

/** Places of a refresh, held for a second and a half so that the database is away there, and how the rows tell that one is held. */
const PLACES = [
  ['reading.answered', `SELECT FROM plans WHERE state = 'collecting'`],
  [
    'reading.applied',
    `SELECT FROM plans p JOIN refreshes r USING (user_id, refresh_no) WHERE p.state = 'collected' AND r.closed_at IS NULL`,
  ],
  [
    'snapshot.publishing',
    `SELECT FROM snapshots JOIN analyses USING (user_id, snapshot_no) WHERE status = 'building'`,
  ],
  ['snapshot.published', `SELECT FROM snapshots WHERE published_at > now() - interval '1 second'`],
] as const

test('F10: PostgreSQL is stopped at once at four places of a refresh, each time for 5 s', async (context) => {
  const postgres = await startOwnPostgres()
  const failpoints = PLACES.map(([place]) => `${place}=delay:1500`).join(',')
  const settings = { FAILPOINTS: failpoints }
  await onGround({ people: 4, workers: 2, postgres: postgres.test, settings }, async (ground) => {
    await ground.atRest(RECOVERED_WITHIN_MS)
    await expectEndured(context, ground, RECOVERED_WITHIN_MS, async () => {
      for (const [place, held] of PLACES) {
        await until(place, async () => (await postgres.test.owner.unsafe(held)).length > 0, 60_000)
        await postgres.crash()
        await sleep(AWAY_MS)
        await postgres.restart()
        // It goes on before the next: rows say again that a refresh has been completed since.
        const since = Date.now()
        await until(
          'a refresh after it',
          async () => {
            const rows = await postgres.test.owner`
            SELECT FROM refreshes WHERE state = 'succeeded' AND closed_at > ${new Date(since)}`
            return rows.length > 0
          },
          RECOVERED_WITHIN_MS,
        )
      }
    })
    count(context, { 'times stopped': PLACES.length })
  })
})

test('F8: the engine is killed and restarted on its file three times, and whoever asks is answered', async (context) => {
  const temporal = await startOwnTemporal('on its file')
  await onGround({ people: 10, workers: 2, engine: temporal.engine }, async (ground) => {
    await ground.atRest(RECOVERED_WITHIN_MS)
    await expectEndured(context, ground, RECOVERED_WITHIN_MS, async () => {
      for (let times = 0; times < 3; times += 1) {
        await sleep(2_000)
        await temporal.kill()
        await sleep(AWAY_MS)
        await temporal.restart()
        await sleep(3_000)
      }
    })
    expect(ground.workers.every((worker) => worker.pid() !== undefined)).toBe(true)
  })
  await temporal.stop()
})
