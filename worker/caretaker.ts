import { setTimeout as sleep } from 'node:timers/promises'

import type { Caretaking, Watched } from '../db/caretaking.ts'
import type { Runs, RunStatus } from '../engine/runs.ts'
import type { Log } from '../log.ts'

export type CaretakerDeps = {
  caretaking: Caretaking
  runs: Pick<Runs, 'start' | 'hint' | 'describe' | 'lastWord' | 'terminate'>
  /** What else is looked after in a round: the ends of consents. */
  others: readonly { round: () => Promise<void> }[]
  log: Log
  /** Pause between two rounds. */
  everyMs: number
}

// The API starts a run within milliseconds of the commit, and a hint arrives as fast: two seconds later they are lost.
const LOST_AFTER_MS = 2_000
// A parked run wakes by its own timer; this long after, the timer is taken for lost.
const LATE_AFTER_MS = 10_000
// While more waits than an institution's slots allow at once, the next ones are woken as soon as slots are free again:
// a reading takes a second or so. Looking may take a tenth of the time: with 50,000 that wait it takes a fifth of a second.
const NEXT_WAKE_MS = 150
const LOOKS_AT_MOST = 0.1
// A run that was woken begins within moments; until then it is still seen to be parked. One that has not may be over, and
// would keep its place for nothing.
const HINT_HOLDS_MS = 2_000
// At most 200 hints a look and six looks a second: 72,000 names of runs.
const FORGOTTEN_AFTER_MS = 60_000
// Beyond the longest reading (half an hour) and the longest outage of our storage that a step waits out.
const STUCK_AFTER_MS = 3_600_000
// Open refreshes are compared with the engine only once they have lasted longer than most: a call each.
const SUSPECT_AFTER_MS = 10_000

/**
 * Keeps rows and engine in agreement; any number may run at once. Its cases are disjoint: a refresh without a run is
 * started; rows that were not read, or that are due and not begun, are hinted at; a parked one that is due is woken; an open refresh whose run is over is closed by name (and never
 * started again: a person may have terminated it); a closed one whose run lives on is told.
 */
export function createCaretaker({ caretaking, runs, others, log, everyMs }: CaretakerDeps) {
  const hinted = new Map<string, number>()
  const waking = { areMore: false, lookMs: 0 }

  /** Answers how many parked ones it woke. */
  async function round(): Promise<number> {
    await each('not started', await caretaking.unstarted(LOST_AFTER_MS), startOrClose)
    await each('not seen', await caretaking.unseen(LOST_AFTER_MS), runs.hint)
    await each('behind', await caretaking.behind(LOST_AFTER_MS), runs.hint)
    const woken = await wakeDue()
    await each('overdue', await caretaking.overdue(LATE_AFTER_MS), runs.hint)
    await each('open', await caretaking.begun(SUSPECT_AFTER_MS), closeIfOver)
    await each('parked', await caretaking.parked(SUSPECT_AFTER_MS), closeIfOver)
    await each('overstayed', await caretaking.overstayed(STUCK_AFTER_MS), closeOverstayed)
    await each('closed', await caretaking.closedWithRun(LOST_AFTER_MS), endIfRunning)
    await each('stuck', await caretaking.closedWithRun(STUCK_AFTER_MS), terminateIfRunning)
    for (const other of others) await guarded(other.round)
    return woken
  }

  /** Wakes as many as there is room for, each once in a while. */
  async function wakeDue(): Promise<number> {
    const lookedAt = performance.now()
    const { next, areMore } = await caretaking.due(LATE_AFTER_MS)
    Object.assign(waking, { areMore: areMore || next.length > 0, lookMs: performance.now() - lookedAt })
    const since = (at = -Infinity) => lookedAt - at
    for (const [workflowId, at] of hinted) if (since(at) > FORGOTTEN_AFTER_MS) hinted.delete(workflowId)
    const asleep = next.filter(({ workflowId }) => since(hinted.get(workflowId)) > HINT_HOLDS_MS)
    await each('due', asleep, async (refresh) => {
      const isFirst = !hinted.has(refresh.workflowId)
      hinted.set(refresh.workflowId, performance.now()) // however it goes: an engine that is away is not asked all the time
      if (!isFirst) await closeIfOver(refresh)
      await runs.hint(refresh)
    })
    return asleep.length
  }

  async function startOrClose(refresh: Watched): Promise<void> {
    const reason = 'caretaker'
    const outcome = await runs.start(refresh, { priority: refresh.priority, reason })
    if (outcome === 'started-before') await closeIfOver(refresh)
  }

  async function closeIfOver(refresh: Watched): Promise<void> {
    const status = await runs.describe(refresh)
    if (status === 'running') return
    const as = status === 'cancelled' ? 'cancelled' : status === 'failed' ? 'failed' : 'lost'
    const isSomebodysAct = status === 'terminated' || status === 'cancelled'
    const word = isSomebodysAct ? ((await runs.lastWord(refresh)) ?? { by: null, why: null }) : null
    const closed = await caretaking.closeAs(refresh, as, because(status), word)
    if (closed) log.warn({ ...facts(refresh), outcome: as, status }, 'closed a refresh whose run is over')
  }

  /** The deadline holds without its run, too: otherwise this person's every event would join what never ends. */
  async function closeOverstayed(refresh: Watched): Promise<void> {
    if (await caretaking.closeAs(refresh, 'incomplete', 'SnapshotIncomplete', null, false)) {
      log.warn(facts(refresh), 'closed a refresh that its run had left open beyond its deadline')
    }
  }

  /** A run that has not heard for so long that its refresh is closed cannot hear. */
  async function terminateIfRunning(refresh: Watched): Promise<void> {
    if ((await runs.describe(refresh)) !== 'running') return
    await runs.terminate(refresh, 'its refresh was closed long ago')
    log.warn(facts(refresh), 'terminated a run that did not end with its refresh')
  }

  async function endIfRunning(refresh: Watched): Promise<void> {
    if ((await runs.describe(refresh)) === 'running') await runs.hint(refresh)
    else await caretaking.runEnded(refresh)
  }

  /** One that fails does not keep the others waiting; it is looked at again in the next round. */
  async function each(what: string, refreshes: Watched[], care: (refresh: Watched) => Promise<void>) {
    for (const refresh of refreshes) {
      await care(refresh).catch((error: unknown) => {
        log.warn(
          { ...facts(refresh), case: what, failure: nameOf(error) },
          'the caretaker could not look after a refresh',
        )
      })
    }
  }

  /** Runs rounds until told to stop. Between two of them it only wakes, while there are more to be woken. */
  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await guarded(round)
      const nextRoundAt = performance.now() + everyMs
      for (let leftMs = everyMs; leftMs > 0 && !signal.aborted; leftMs = nextRoundAt - performance.now()) {
        const nextWakeMs = Math.max(NEXT_WAKE_MS, waking.lookMs / LOOKS_AT_MOST)
        const isRoundNext = !waking.areMore || nextWakeMs >= leftMs
        await sleep(isRoundNext ? leftMs : nextWakeMs, undefined, { signal }).catch(() => {})
        if (!isRoundNext && !signal.aborted) await guarded(wakeDue)
      }
    }
  }

  const guarded = (look: () => Promise<unknown>) =>
    look().catch((error: unknown) => {
      waking.areMore = false
      log.warn({ failure: nameOf(error) }, 'a round of the caretaker failed')
    })

  return { round, run }
}

const because = (status: RunStatus): string =>
  status === 'unknown' ? 'the engine does not know its run' : `its run was ${status}`

const facts = ({ userKey, refreshNo, workflowId }: Watched) => ({ userKey, refreshNo, workflowId })

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'not an error')
