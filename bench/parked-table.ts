import type { Part } from './ground.ts'
import { percentile } from './statistics.ts'
import { type Figure, type Section, shown } from './tables.ts'
import { TARGETS } from './targets.ts'

/** What waits while refreshes sleep. */
export const SLEEPING = ['worker', 'engine', 'postgres', 'api'] as const satisfies Part[]
type Sleeping = (typeof SLEEPING)[number]
export type Cpu = Record<Sleeping, number>
export type Memory = Record<'worker' | 'engine' | 'postgres', number | null>

export type Woken = {
  broughtForwardMs: number
  wholeMs: number
  eachMs: number[]
  /** CPU ms of each refresh, from the word until all were complete. */
  cpu: Cpu | null
  states: Record<string, number>
}

export type Found = {
  people: number
  /** Parked before memory was looked at first. */
  warm: number
  slots: number
  callMs: number
  asleepMs: number
  giveUpMs: number
  parkedInMs: number
  memory: { before: Memory; after: Memory }
  /** CPU ms per second while nothing happens, without and with all of them. */
  cpu: { before: Cpu | null; asleep: Cpu | null }
  woken: Woken
  readings: { count: number; most: number }
}

/** What was found, as it is printed. */
export function sectionOf(found: Found): Section {
  const { people, slots, giveUpMs, cpu, woken, readings } = found
  const isWhole = woken.states['succeeded'] === people
  const tookS = isWhole ? woken.wholeMs / 1_000 : null
  const note = isWhole ? {} : { note: `gave up after ${giveUpMs / 60_000} minutes: ${said(woken.states)}` }
  const figures: Figure[] = [
    {
      name: 'memory per parked refresh',
      value: all(perRefresh(found)),
      unit: 'KB',
      target: TARGETS.parkedKb,
    },
    {
      name: `CPU while ${people} sleep`,
      value: cpu.asleep && total(cpu.asleep),
      unit: 'ms/s',
      target: TARGETS.parkedCpu,
    },
    { name: 'from the operator’s word to all complete', value: tookS, unit: 's', ...note },
    {
      name: 'woken to complete',
      value: tookS === null ? null : people / tookS,
      unit: '/s',
      target: TARGETS.wokenPerSecond,
    },
    {
      name: `readings at once, of ${slots} slots`,
      value: readings.most,
      unit: '',
      target: { better: 'lower', reach: slots, moonshot: slots },
    },
  ]
  return {
    title: `parked: ${people} refreshes that wait for one institution`,
    ...tableOf(found),
    figures,
    raw: found,
  }
}

function tableOf(found: Found): Pick<Section, 'notes' | 'columns' | 'rows'> {
  const { people, warm, slots, callMs, asleepMs, parkedInMs, memory, cpu, woken, readings } = found
  const kb = perRefresh(found)
  const after = (share: number) => seconds(percentile(woken.eachMs, share))
  return {
    notes: [
      `${people} people with two banks, one of them down; ${shown((people - warm) / (parkedInMs / 1_000))} parked a second.`,
      `memory: growth from ${warm} parked to all; resident sets of worker and engine, PostgreSQL’s with shared pages counted once (its cache fills).`,
      `CPU: ms per second over ${asleepMs / 1_000} s in which nothing happens; waking one: ms until it was complete, caretaker and engine included.`,
      `woken: due after ${shown(woken.broughtForwardMs)} ms; complete after p50 ${after(0.5)}, p95 ${after(0.95)}, last ${after(1)} s, at ${callMs} ms a call.`,
      `${readings.count} readings by the institution’s own clock, ${readings.most} at once: never more than its ${slots} slots: ${readings.most <= slots ? 'yes' : 'NO'}.`,
    ],
    columns: ['part', 'MB before', 'MB after', 'KB each', `CPU at ${warm}`, `CPU at ${people}`, 'waking one'],
    rows: SLEEPING.map((part) => [
      part,
      ...(part === 'api'
        ? ['–', '–', '–']
        : [mb(memory.before[part]), mb(memory.after[part]), shown(kb[part])]),
      shown(cpu.before?.[part]),
      shown(cpu.asleep?.[part]),
      shown(woken.cpu?.[part]),
    ]),
  }
}

function perRefresh({ people, warm, memory }: Found): Memory {
  const each = (part: keyof Memory) => {
    const [before, after] = [memory.before[part], memory.after[part]]
    return before === null || after === null ? null : (after - before) / (people - warm)
  }
  return { worker: each('worker'), engine: each('engine'), postgres: each('postgres') }
}

const total = (parts: Cpu): number => SLEEPING.reduce((sum, part) => sum + parts[part], 0)

const all = ({ worker, engine, postgres }: Memory): number | null =>
  worker === null || engine === null || postgres === null ? null : worker + engine + postgres

const mb = (kb: number | null) => shown(kb === null ? null : kb / 1_024)

const seconds = (ms: number | null) => shown(ms === null ? null : ms / 1_000)

/** How many stand how. */
export const said = (states: Record<string, number>): string =>
  Object.entries(states)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ')
