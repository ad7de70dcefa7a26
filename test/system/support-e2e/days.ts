import { kstDate } from '../../../domain/time.ts'
import { makeOlder } from '../support/ageing.ts'
import { type Person, until, type World } from '../world.ts'

/**
 * Time passes for one person: the institutions' clock goes on, and everything Moa knows of the person becomes older. The
 * engine's timers know nothing of it: what has become due meanwhile is woken by the caretaker.
 */
export async function passTime(world: World, person: Person, ms: number): Promise<void> {
  await readUntilTheirToday(world)
  world.sandbox.control.moveClock({ advanceSeconds: ms / 1000 })
  await makeOlder(world.moa.test, person.userId, ms)
  await atRest(world, person)
}

/** Until nothing of the person's is under way or due: the refresh is closed, or waits for what is still to come. */
export const atRest = (world: World, { userId }: Person): Promise<true> =>
  until('the refresh to be closed, or parked with nothing due', async () => {
    await world.caretaker.round()
    const busy = await world.moa.test.owner`
        SELECT FROM refreshes r WHERE user_id = ${userId} AND (state IN ('requested', 'running')
          OR state = 'parked' AND (deadline <= now() OR EXISTS (SELECT FROM plans p
            WHERE p.user_id = r.user_id AND p.refresh_no = r.refresh_no
              AND (p.next_try_at <= now() OR p.state IN ('pending', 'collecting')))))`
    return busy.length === 0
  })

/** Our clock is days ahead of theirs: what was read until our today was read until theirs. */
export async function readUntilTheirToday({ moa, sandbox }: World): Promise<void> {
  const theirs = kstDate(new Date(sandbox.control.clock().now))
  await moa.test.owner`UPDATE watermarks SET read_until = ${theirs}::date WHERE read_until > ${theirs}::date`
}
