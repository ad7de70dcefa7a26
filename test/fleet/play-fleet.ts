import { DEADLINE_MS } from '../../domain/event-map.ts'
import { createRandom, type Random } from '../system/support/random.ts'
import { type Clock, createClock } from './clock.ts'
import { createOutside } from './outside.ts'
import { createReadings } from './readings.ts'
import { newRecord, type Record } from './record.ts'
import { watchRecovery } from './recovery.ts'
import { createRefreshes, type Refreshes } from './refreshes.ts'
import { createRows } from './rows.ts'
import { drawScenario, HOUR, MINUTE, type Scenario, SECOND, START } from './scenario.ts'

// People come back every eight minutes, a third of them by the button; schedules come in three waves, one in the outage.
const PAUSE_MS = 8 * MINUTE
const BUTTONS = 0.3
const FRESH_MS = 5 * MINUTE
const WAVES = [30, 62, 125].map((minutes) => START + minutes * MINUTE)
const WAVE_MS = 5 * MINUTE
// A reading is retried three times within two minutes each; nothing is under way for longer.
const LONGEST_READING_MS = 10 * MINUTE

/** A fleet's day by its rules alone: no database, no engine, no institution, and the same again from the same seed. */
export function playFleet(seed: number) {
  const random = createRandom(seed)
  const scenario = drawScenario(random)
  const clock = createClock(random, START)
  const record = newRecord()
  const rows = createRows(scenario, clock, record)
  const refreshes = createRefreshes(scenario, clock, random, record)
  const outside = createOutside(scenario, random, record)
  createReadings(scenario, { rows, refreshes, outside, clock, random, record })
  watchRecovery(scenario, { rows, refreshes, clock, random, record })
  demand(scenario, refreshes, clock, random)
  inspect(scenario, refreshes, clock, record)
  clock.runUntil(scenario.quietFrom + DEADLINE_MS + HOUR)
  return { scenario, record, refreshes, rows }
}

export type Played = ReturnType<typeof playFleet>

/** Open loop: who asks does not wait for who was asked. */
function demand({ users, quietFrom }: Scenario, refreshes: Refreshes, clock: Clock, random: Random): void {
  const pause = () => -Math.log(1 - random.next()) * PAUSE_MS
  for (const userId of users.keys()) {
    const come = () => {
      if (clock.now() >= quietFrom) return
      refreshes.ask(userId, random.chance(BUTTONS) ? 1 : 2, FRESH_MS)
      clock.after(pause(), come)
    }
    clock.after(pause(), come)
    for (const wave of WAVES) clock.at(wave + random.below(WAVE_MS), () => refreshes.ask(userId, 3, HOUR / 2))
  }
}

/** Each half minute: whoever has not ended says why, and until when. */
function inspect(scenario: Scenario, refreshes: Refreshes, clock: Clock, record: Record): void {
  const now = clock.now()
  for (const { userId, rows } of refreshes.open.values()) {
    for (const { institutionId, state, reason, until, since } of rows.values()) {
      const isFine =
        state === 'collected' || state === 'failed' || (state === 'reads' && now - since < LONGEST_READING_MS)
      const waitsWell = state === 'waits' && reason !== null && until !== null && until >= now
      if (!isFine && !waitsWell)
        record.stuck.push(`${userId}/${institutionId} ${state} ${reason} at ${now - START}`)
    }
  }
  if (now < scenario.quietFrom || refreshes.open.size > 0) {
    clock.after(30 * SECOND, () => inspect(scenario, refreshes, clock, record))
  }
}
