import { setTimeout as sleep } from 'node:timers/promises'

import type { Effort } from './arguments.ts'
import { CLOSELY_MS, type Ground, LOOSELY_MS, type Part } from './ground.ts'
import { type Person, preparePeople } from './people.ts'
import { machineCpuMs } from './proc.ts'
import { growth, median, percentile } from './statistics.ts'
import { type Section, shown } from './tables.ts'
import { TARGETS } from './targets.ts'

// Short, so that our own work decides: a chain of three to five calls takes 60 to 100 ms.
const CALL_MS = 20
const N = 10
const IN_FLIGHT = [10, 30]
// Every one in flight has a user of its own, and some users rest: a refresh never meets the end of the one before.
const RESTING = 10

type Window = {
  inFlight: number
  seconds: number
  refreshes: number
  totalsMs: number[]
  /** CPU ms of each process in the window; null where the system does not tell. */
  cpu: Record<Part, number> | null
  /** Of everything on this machine, other people's programs included. */
  machineMs: number | null
}

const PARTS = ['worker', 'engine', 'postgres', 'api', 'sandbox', 'bench'] as const satisfies Part[]

/** How many refreshes one machine carries, and what each costs: a closed loop over many users. */
export async function throughput(ground: Ground, { quick, rounds }: Effort): Promise<Section[]> {
  const people = await preparePeople(ground, 'throughput', Math.max(...IN_FLIGHT) + RESTING, N)
  await ground.institutions.behaveAll(CALL_MS)
  ground.pace.everyMs = LOOSELY_MS
  const [warmMs, windowMs] = quick ? [1_500, 5_000] : [3_000, 12_000]
  const windows: Window[] = []
  for (let round = 0; round < rounds; round += 1) {
    for (const inFlight of IN_FLIGHT)
      windows.push(await closedLoop(ground, people, { inFlight, warmMs, windowMs }))
  }
  ground.pace.everyMs = CLOSELY_MS
  await ground.institutions.behaveAll(0)
  return [sectionOf(windows, rounds)]
}

async function closedLoop(
  ground: Ground,
  people: readonly Person[],
  { inFlight, warmMs, windowMs }: { inFlight: number; warmMs: number; windowMs: number },
): Promise<Window> {
  const rested = [...people]
  const totalsMs: number[] = []
  const state = { isMeasuring: false, isOver: false }
  const lane = async () => {
    while (!state.isOver) {
      const person = rested.shift()!
      const begunAt = performance.now()
      const { refreshNo } = await ground.api.start(person)
      const visibleAt = await ground.watcher.visible(person.userId, refreshNo)
      if (state.isMeasuring) totalsMs.push(visibleAt - begunAt)
      rested.push(person)
    }
  }
  const lanes = Promise.all(Array.from({ length: inFlight }, lane)).catch((error: unknown) => {
    state.isOver = true
    throw error
  })
  await Promise.race([sleep(warmMs), lanes])
  const [cpuBefore, machineBefore, begunAt] = [ground.cpu(), machineCpuMs(), performance.now()]
  const elapsedMs = () => performance.now() - begunAt
  state.isMeasuring = true
  // On a busy machine a window lasts until each lane has been round twice, but no longer than six windows.
  while (elapsedMs() < windowMs || (totalsMs.length < 2 * inFlight && elapsedMs() < 6 * windowMs))
    await Promise.race([sleep(windowMs / 10), lanes])
  state.isMeasuring = false
  const [cpuAfter, machineAfter, seconds] = [ground.cpu(), machineCpuMs(), elapsedMs() / 1_000]
  state.isOver = true
  await lanes
  return {
    inFlight,
    seconds,
    refreshes: totalsMs.length,
    totalsMs,
    cpu: isWhole(cpuAfter) ? growth(cpuBefore, cpuAfter) : null,
    machineMs: machineAfter === null || machineBefore === null ? null : machineAfter - machineBefore,
  }
}

const isWhole = (cpu: Partial<Record<Part, number>>): cpu is Record<Part, number> =>
  PARTS.every((part) => cpu[part] !== undefined)

function sectionOf(windows: readonly Window[], rounds: number): Section {
  const most = windows.filter(({ inFlight }) => inFlight === Math.max(...IN_FLIGHT))
  return {
    title: 'throughput: how many refreshes this machine carries, and what each costs',
    notes: [
      `closed loop, N = ${N}, ${CALL_MS} ms a call (short, so that our own cost decides), quiet users, ${rounds} round(s), medians.`,
      'CPU ms per refresh from the operating system’s accounting: postgres with its backends; ours = worker + engine + postgres.',
      'others: CPU ms per second of everything else on the machine in the same window (not ours, not the benchmark’s).',
      ...(windows.some(({ cpu }) => cpu === null)
        ? ['CPU: not measured, since this system has no /proc.']
        : []),
    ],
    columns: ['in flight', 'refreshes/s', 'T p50 ms', 'T p95 ms', ...PARTS, 'ours', 'others'],
    rows: IN_FLIGHT.map((inFlight) => rowOf(windows.filter((window) => window.inFlight === inFlight))),
    figures: [
      {
        name: `refreshes per second, ${Math.max(...IN_FLIGHT)} in flight`,
        value: median(most.map(rate)),
        unit: '/s',
        target: TARGETS.refreshesPerSecond,
      },
      {
        name: 'CPU per refresh, worker + engine + postgres',
        value: median(most.flatMap((window) => ours(window) ?? [])),
        unit: 'ms',
        target: TARGETS.cpuPerRefresh,
      },
    ],
    raw: windows,
  }
}

const rate = ({ refreshes, seconds }: Window): number => refreshes / seconds

const each = ({ cpu, refreshes }: Window, part: Part): number | null =>
  cpu && refreshes > 0 ? cpu[part] / refreshes : null

function ours({ cpu, refreshes }: Window): number | null {
  return cpu && refreshes > 0 ? (cpu.worker + cpu.engine + cpu.postgres) / refreshes : null
}

function others({ cpu, machineMs, seconds }: Window): number | null {
  if (!cpu || machineMs === null) return null
  return Math.max(0, machineMs - PARTS.reduce((sum, part) => sum + cpu[part], 0)) / seconds
}

function rowOf(windows: readonly Window[]): string[] {
  const middle = (pick: (window: Window) => number | null) =>
    shown(median(windows.flatMap((window) => pick(window) ?? [])))
  return [
    `${windows[0]!.inFlight}`,
    middle(rate),
    middle(({ totalsMs }) => percentile(totalsMs, 0.5)),
    middle(({ totalsMs }) => percentile(totalsMs, 0.95)),
    ...PARTS.map((part) => middle((window) => each(window, part))),
    middle(ours),
    middle(others),
  ]
}
