import type { Random } from '../system/support/random.ts'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const START = Date.UTC(2026, 10, 23)

/** A stretch in which an institution does not answer: it refuses at once, or lets us wait for our deadline. */
export type Spell = { from: number; until: number; how: 'refuses' | 'hangs' }

export type Institution = {
  id: string
  /** What Moa is told that it bears at once; one reading more, and it falls over. */
  concurrency: number
  spells: readonly Spell[]
  /** The share of its people whose tokens it refuses: their matter, not its own. */
  refusedShare: number
}

/** A worker that dies and comes back, or stands still and then goes on as if nothing had been. */
export type Stop = { at: number; worker: number; how: 'dies' | 'freezes'; ms: number }

export type Scenario = {
  institutions: readonly Institution[]
  /** Nobody is reached: by any worker, or by one. */
  cuts: readonly { from: number; until: number; worker: number | null }[]
  stops: readonly Stop[]
  /** Which probes, counted over all institutions, lose their worker as they begin. */
  lostProbes: readonly number[]
  workers: number
  /** By user: the institutions they consented to. */
  users: readonly (readonly string[])[]
  /** Until when people and schedules ask for anything. */
  quietFrom: number
}

export const OUTAGE = { from: START + 60 * MINUTE, until: START + 70 * MINUTE }
export const CUT = { from: START + 100 * MINUTE, until: START + 105 * MINUTE }
export const LONE_CUT = { from: START + 120 * MINUTE, until: START + 123 * MINUTE }
const FLAPPING = { from: START + 20 * MINUTE, until: START + 50 * MINUTE }

/** The numbers of the institutions by what becomes of them. */
export const CAST = { flapping: [0, 1], down: [2, 3, 4, 5, 6, 7], refusing: 8, forEver: 9, popular: 10 }

/**
 * Three workers, twenty institutions, three hundred people, two hours and a half: two that flap, six that fall silent
 * together for ten minutes, one that refuses most tokens, one that never comes back, one that everybody has, our own
 * network gone for five minutes and one worker's for three, workers that die or freeze, and probes whose worker dies at once.
 */
export function drawScenario(random: Random): Scenario {
  const institutions = Array.from({ length: 20 }, (_, n) => drawInstitution(random, n))
  const ids = institutions.map(({ id }) => id)
  const stops = Array.from({ length: 12 }, (): Stop => ({
    at: START + random.below(140 * MINUTE),
    worker: random.below(3),
    how: random.pick(['dies', 'freezes']),
    ms: (10 + random.below(200)) * SECOND,
  }))
  return {
    institutions,
    cuts: [
      { ...CUT, worker: null },
      { ...LONE_CUT, worker: random.below(3) },
    ],
    stops,
    lostProbes: Array.from({ length: 6 }, () => 1 + random.below(60)),
    workers: 3,
    users: Array.from({ length: 300 }, () => [
      nameOf(CAST.popular),
      ...drawSome(
        random,
        ids.filter((id) => id !== nameOf(CAST.popular)),
        4,
      ),
    ]),
    quietFrom: START + 150 * MINUTE,
  }
}

export const nameOf = (n: number): string => `BANK${String(n).padStart(2, '0')}`

function drawInstitution(random: Random, n: number): Institution {
  const how = random.pick(['refuses', 'hangs'] as const)
  return {
    id: nameOf(n),
    concurrency: n === CAST.popular ? 30 : 4 + random.below(5),
    spells: drawSpells(random, n, how),
    refusedShare: n === CAST.refusing ? 0.8 : 0.02,
  }
}

function drawSpells(random: Random, n: number, how: Spell['how']): Spell[] {
  if (CAST.down.includes(n)) return [{ ...OUTAGE, how }]
  if (n === CAST.forEver) return [{ from: START + 80 * MINUTE, until: Infinity, how }]
  if (!CAST.flapping.includes(n)) return []
  const spells: Spell[] = []
  let at = FLAPPING.from
  while (at < FLAPPING.until) {
    const until = at + (20 + random.below(40)) * SECOND
    spells.push({ from: at, until, how })
    at = until + (20 + random.below(40)) * SECOND
  }
  return spells
}

function drawSome<T>(random: Random, all: readonly T[], count: number): T[] {
  const left = [...all]
  return Array.from({ length: count }, () => left.splice(random.below(left.length), 1)[0]!)
}
