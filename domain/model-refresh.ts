import type { FailureName } from './failures.ts'
import { FAILURES } from './failures.ts'
import { isWhole, judgePart } from './judge.ts'
import { nextStep, type ShownPart } from './next-step.ts'
import type { PlanState } from './refresh.ts'
import { countsAsWait, waitAfter } from './waiting.ts'

/** What an institution does in one round: how long it takes, and how it ends. */
export type Turn = { tookMs: number; failure: FailureName | null; statedMs: number | null }

/** One institution of the model: its rounds in order; the last one repeats. */
export type Player = { institutionId: string; turns: readonly Turn[]; had: boolean }

export type Shown = { at: number; complete: boolean; parts: (ShownPart & { asOf: number | null })[] }

/** How a refresh of the model went. Instants are ms since it was opened. */
export type Told = {
  state: 'succeeded' | 'incomplete'
  endedAt: number
  because: string | null
  cuts: Shown[]
  /** When it parked, and until when it meant to. */
  parks: { at: number; wakeAt: number }[]
  /** When each round of each institution began and how it ended. */
  rounds: { institutionId: string; at: number; endedAt: number; failure: FailureName | null }[]
}

type Row = {
  player: Player
  state: PlanState
  failure: FailureName | null
  round: number
  waits: number
  nextTryAt: number | null
  consent: 'active' | 'needs_user'
  asOf: number | null
  seq: number
  /** Instants of the reading that is under way. */
  began: number
  ends: number
}

/**
 * The refresh as its rules alone tell it: the same pure functions that the rows are decided with, under a clock of its
 * own and without a database, an engine or an institution. For tests: whatever fails and in whatever order it lands.
 */
export function tellRefresh(
  players: readonly Player[],
  { patienceMs, deadlineMs, waitsMs }: { patienceMs: number; deadlineMs: number; waitsMs: readonly number[] },
): Told {
  const rows = players.map(newRow)
  const told: Told = { state: 'incomplete', endedAt: 0, because: null, cuts: [], parks: [], rounds: [] }
  let now = 0
  let patienceEnds = 0
  for (;;) {
    if (!rows.some(isUnderWay)) patienceEnds = now + patienceMs
    begin(rows, now, deadlineMs)
    const lookAt = nextLook(rows, now, patienceEnds)
    const landed = settleUpTo(rows, lookAt, waitsMs, told)
    now = lookAt
    if ((told.cuts.length === 0 || landed) && show(told, rows, now)) return told
    if (rows.some(isUnderWay)) continue
    const step = stepOf(rows, told, now, deadlineMs)
    if (step.next === 'cut' && show(told, rows, now)) return told
    const next = step.next === 'cut' ? stepOf(rows, told, now, deadlineMs) : step
    if (next.next === 'end') return Object.assign(told, { endedAt: now, because: next.because })
    if (next.next === 'read') continue // due already
    if (next.next !== 'park') throw new Error(`nothing is under way, and what comes next is to ${next.next}`)
    told.parks.push({ at: now, wakeAt: next.wakeAt.getTime() })
    now = next.wakeAt.getTime()
  }
}

/** Publishes a cut; answers whether it was complete, and with it the end. */
function show(told: Told, rows: readonly Row[], now: number): boolean {
  const shown = cut(rows, now)
  told.cuts.push(shown)
  if (shown.complete) Object.assign(told, { state: 'succeeded', endedAt: now })
  return shown.complete
}

const newRow = (player: Player): Row => ({
  player,
  state: 'pending',
  failure: null,
  round: 1,
  waits: 0,
  nextTryAt: null,
  consent: 'active',
  asOf: player.had ? -1 : null,
  seq: player.had ? 1 : 0,
  began: 0,
  ends: 0,
})

const isUnderWay = ({ state }: Row): boolean => state === 'collecting'
const turnOf = ({ player, round }: Row): Turn => player.turns[Math.min(round, player.turns.length) - 1]!

/** What is due opens a new round; everything pending is read at once. */
function begin(rows: Row[], now: number, deadlineMs: number): void {
  for (const row of rows) {
    if (row.nextTryAt !== null && row.nextTryAt <= now && now < deadlineMs) {
      Object.assign(row, { state: 'pending', failure: null, nextTryAt: null, round: row.round + 1 })
    }
    if (row.state === 'pending') {
      Object.assign(row, { state: 'collecting', began: now, ends: now + turnOf(row).tookMs })
    }
  }
}

/** Until patience passes or all have settled; after that, until the next one lands or is due again. */
function nextLook(rows: readonly Row[], now: number, patienceEnds: number): number {
  const ends = rows.filter(isUnderWay).map((row) => row.ends)
  if (ends.length === 0) return now
  if (now < patienceEnds) return Math.min(patienceEnds, Math.max(...ends))
  const due = rows.flatMap(({ nextTryAt }) => (nextTryAt !== null && nextTryAt > now ? nextTryAt : []))
  return Math.min(...ends, ...due)
}

/** Answers whether anything was brought. */
function settleUpTo(rows: Row[], at: number, waitsMs: readonly number[], told: Told): boolean {
  let landed = false
  const settled = rows.filter((row) => isUnderWay(row) && row.ends <= at)
  for (const row of settled.toSorted((one, other) => one.ends - other.ends)) {
    const { failure, statedMs } = turnOf(row)
    const { institutionId } = row.player
    told.rounds.push({ institutionId, at: row.began, endedAt: row.ends, failure })
    if (failure === null) {
      Object.assign(row, { state: 'collected', asOf: row.began, seq: row.seq + 1, waits: 0 })
      landed = true
      continue
    }
    const waitMs = waitAfter({ failure, waits: row.waits, statedMs, waitsMs, draw: 0 })
    Object.assign(row, {
      state: 'failed',
      failure,
      waits: row.waits + (countsAsWait(failure) ? 1 : 0),
      nextTryAt: waitMs === null ? null : row.ends + waitMs,
      consent: FAILURES[failure].acts === 'user' ? 'needs_user' : row.consent,
    })
  }
  return landed
}

function cut(rows: readonly Row[], at: number): Shown {
  const parts = rows.map((row) => ({ ...partOf(row), asOf: row.asOf }))
  return { at, parts, complete: parts.every(isWhole) && !rows.some(isUnderWay) }
}

function partOf(row: Row): ShownPart {
  const part = judgePart({
    consent: row.consent,
    generation: 1,
    collected: row.asOf === null ? null : { generation: 1, asOf: new Date(row.asOf), hasGaps: false },
    notOlderThan: new Date(0),
    isExcused: false,
    isSetAside: false,
    isBeingRead: isUnderWay(row),
    failure: row.failure,
  })
  return { institutionId: row.player.institutionId, seq: row.asOf === null ? null : row.seq, ...part }
}

const stepOf = (rows: readonly Row[], { cuts }: Told, now: number, deadlineMs: number) =>
  nextStep({
    plan: rows.map(({ state, failure, nextTryAt }) => ({
      state,
      failure,
      unseen: false,
      nextTryAt: nextTryAt === null ? null : new Date(nextTryAt),
    })),
    parts: rows.map(partOf),
    published: cuts.at(-1)?.parts ?? null,
    deadline: new Date(deadlineMs),
    now: new Date(now),
  })
