import type { Effort } from './arguments.ts'
import { createFloor, type Floor } from './floor.ts'
import { CLOSELY_MS, type Ground } from './ground.ts'
import { always, type Latency, lognormal } from './latencies.ts'
import { type Arm, measureOne, type Measured } from './one-refresh.ts'
import { type Person, preparePeople } from './people.ts'
import { median, medianOfRounds, percentile } from './statistics.ts'
import { type Figure, type Section, shown, shownRatio } from './tables.ts'
import { TARGETS } from './targets.ts'
import { explain } from './timeline.ts'

type Case = { name: string; n: number; latency: Latency; newRowsEach: number; isTarget: boolean }
type Outcome = { one: Case; arm: Arm; rounds: Measured[][] }

// A bank's call: some 350 ms. Three to five in sequence make chains of 1 to 2 s.
const REALISTIC = lognormal(350, 0.35)

const caseOf = (n: number, latency: Latency, newRowsEach = 0): Case => ({
  name: latency === REALISTIC ? (newRowsEach ? `${newRowsEach} new rows each` : 'realistic') : latency.name,
  n,
  latency,
  newRowsEach,
  isTarget: n === 10 && latency === REALISTIC && newRowsEach === 0,
})

const CASES = [1, 5, 10, 20].map((n) => caseOf(n, REALISTIC))
// Five rows: what is added stays in the days that are read again, and a bank with short pages answers for all of it.
const EXTRA = [caseOf(10, always(300)), caseOf(10, REALISTIC, 5)]

/** How much longer than its slowest institution a refresh takes, beside the floor, refresh by refresh in turns. */
export async function overhead(ground: Ground, { quick, rounds }: Effort): Promise<Section[]> {
  const cases = quick ? [CASES[2]!, EXTRA[0]!] : [...CASES, ...EXTRA]
  const perRound = quick ? 3 : 4
  const floor = createFloor(ground.repositories)
  try {
    ground.pace.everyMs = CLOSELY_MS
    const people = await peopleFor(ground, cases)
    for (const one of cases) await eachArm(ground, floor, one, people.get(one.n)!, 'warm-up')
    const outcomes = cases.flatMap((one): Outcome[] => [
      { one, arm: 'moa', rounds: [] },
      { one, arm: 'floor', rounds: [] },
    ])
    for (let round = 0; round < rounds; round += 1) {
      for (const outcome of outcomes) outcome.rounds.push([])
      for (let k = 0; k < perRound; k += 1) {
        for (const one of cases) {
          const measured = await eachArm(ground, floor, one, people.get(one.n)!, `${round}-${k}`)
          for (const each of measured)
            outcomes
              .find((outcome) => outcome.one === one && outcome.arm === each.arm)!
              .rounds.at(-1)!
              .push(each)
        }
      }
    }
    const ofTarget = outcomes.find(({ one, arm }) => one.isTarget && arm === 'moa')!
    return [sectionOf(outcomes, rounds * perRound), await explain(ground, ofTarget.rounds.flat())]
  } finally {
    await floor.close()
  }
}

async function peopleFor(ground: Ground, cases: readonly Case[]): Promise<Map<number, Person>> {
  const people = new Map<number, Person>()
  for (const { n } of cases) {
    if (!people.has(n)) people.set(n, (await preparePeople(ground, 'overhead', 1, n))[0]!)
  }
  return people
}

/** Both arms under equal latencies, one after the other; who comes first changes from refresh to refresh. */
async function eachArm(
  ground: Ground,
  floor: Floor,
  one: Case,
  person: Person,
  place: string,
): Promise<Measured[]> {
  const arms: Arm[] =
    place.length % 2 === 0 || place.endsWith('1') || place.endsWith('3') ? ['moa', 'floor'] : ['floor', 'moa']
  const measured: Measured[] = []
  for (const arm of arms) {
    if (one.newRowsEach > 0)
      await ground.institutions.addRows(person.name, person.institutionIds, one.newRowsEach)
    await ground.institutions.behave(person.institutionIds, one.latency, place)
    measured.push(await measureOne(ground, floor, arm, person))
  }
  return measured
}

function sectionOf(outcomes: readonly Outcome[], count: number): Section {
  const target = outcomes.find(({ one, arm }) => one.isTarget && arm === 'moa')!
  const overheads = target.rounds.map((round) => round.map(({ overheadMs }) => overheadMs))
  const ratios = target.rounds.map((round) => round.map(ratio))
  const figures: Figure[] = [
    {
      name: 'T − L*, N = 10, realistic, p50',
      value: medianOfRounds(overheads),
      unit: 'ms',
      target: TARGETS.overheadP50,
    },
    {
      name: 'T − L*, N = 10, realistic, p95',
      value: percentile(overheads.flat(), 0.95),
      unit: 'ms',
      target: TARGETS.overheadP95,
    },
    {
      name: 'T / L*, N = 10, realistic, p50',
      value: medianOfRounds(ratios),
      unit: '×',
      target: TARGETS.ratioP50,
    },
    {
      name: 'T / L*, N = 10, realistic, p95',
      value: percentile(ratios.flat(), 0.95),
      unit: '×',
      target: TARGETS.ratioP95,
    },
  ]
  return {
    title: 'overhead: what a refresh takes longer than its slowest institution',
    notes: [
      `T: event posted to the API → complete snapshot behind the pointer that readers follow (asked every ${CLOSELY_MS} ms).`,
      'L*: the slowest institution’s own chain, first call begun → last call answered, by its own call log.',
      `realistic: each call ${REALISTIC.name}, equal in both arms. Users were collected before: quiet unless said.`,
      'floor: same connectors and repositories, Promise.all in one process, no API and no engine; promises nothing.',
      `${count} refreshes each, one at a time, arms in turns; p50: median of the rounds’ medians, p95: of all.`,
    ],
    columns: ['case', 'N', 'arm', 'calls', 'L* p50', 'T−L* p50', 'p95', 'T/L* p50', 'p95', 'before', 'after'],
    rows: outcomes.map(rowOf),
    figures,
    raw: outcomes.map(({ one, arm, rounds }) => ({ case: one.name, n: one.n, arm, rounds })),
  }
}

const ratio = ({ totalMs, slowestMs }: Measured): number => totalMs / slowestMs

function rowOf({ one, arm, rounds }: Outcome): string[] {
  const all = rounds.flat()
  const of = (pick: (measured: Measured) => number) => all.map(pick)
  const p50 = (pick: (measured: Measured) => number) => medianOfRounds(rounds.map((round) => round.map(pick)))
  return [
    one.name,
    `${one.n}`,
    arm,
    shown(median(of(({ calls }) => calls))),
    shown(p50(({ slowestMs }) => slowestMs)),
    shown(p50(({ overheadMs }) => overheadMs)),
    shown(
      percentile(
        of(({ overheadMs }) => overheadMs),
        0.95,
      ),
    ),
    shownRatio(p50(ratio)),
    shownRatio(percentile(of(ratio), 0.95)),
    shown(p50(({ beforeMs }) => beforeMs)),
    shown(p50(({ afterMs }) => afterMs)),
  ]
}
