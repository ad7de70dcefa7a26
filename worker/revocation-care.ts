import type { RevocationCaretaking, WatchedRevocation } from '../db/revocation-caretaking.ts'
import type { Runs } from '../engine/runs.ts'
import type { Log } from '../log.ts'

export type RevocationCareDeps = {
  caretaking: RevocationCaretaking
  runs: Pick<Runs, 'startRevocation' | 'describeRevocation' | 'lastWordOnRevocation'>
  log: Log
}

// As with refreshes: the API starts a run within milliseconds of the commit, and a story is seldom a second long.
const LOST_AFTER_MS = 2_000
const SUSPECT_AFTER_MS = 10_000

/**
 * Keeps revocations and engine in agreement. One without a run is started. One whose run is over although it is not done
 * was stopped by somebody, or failed: that is said, and it is never started again by itself.
 */
export function createRevocationCare({ caretaking, runs, log }: RevocationCareDeps) {
  async function round(): Promise<void> {
    await each('not started', await caretaking.unbegun(LOST_AFTER_MS), startOrStall)
    await each('open', await caretaking.underWay(SUSPECT_AFTER_MS), stallIfOver)
  }

  async function startOrStall(revocation: WatchedRevocation): Promise<void> {
    if ((await runs.startRevocation(revocation)) === 'started-before') await stallIfOver(revocation)
  }

  async function stallIfOver(revocation: WatchedRevocation): Promise<void> {
    const status = await runs.describeRevocation(revocation)
    if (status === 'running') return
    const isAct = status === 'terminated' || status === 'cancelled'
    const because = status === 'unknown' ? 'the engine does not know its run' : `its run was ${status}`
    const word = isAct ? await runs.lastWordOnRevocation(revocation) : null
    if (await caretaking.stall(revocation, because, word))
      log.warn({ ...facts(revocation), case: status }, 'a revocation waits for an operator')
  }

  /** One that fails does not keep the others waiting. */
  async function each(
    what: string,
    revocations: WatchedRevocation[],
    care: (revocation: WatchedRevocation) => Promise<void>,
  ) {
    for (const revocation of revocations) {
      await care(revocation).catch((error: unknown) => {
        const failure = error instanceof Error ? error.name : 'not an error'
        const message = 'the caretaker could not look after a revocation'
        log.warn({ ...facts(revocation), case: what, failure }, message)
      })
    }
  }

  return { round }
}

const facts = ({ userKey, revocationNo, workflowId }: WatchedRevocation) => ({
  userKey,
  revocationNo,
  workflowId,
})
