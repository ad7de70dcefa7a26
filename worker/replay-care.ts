import type { Replays, ReplayWatch } from '../db/replays.ts'
import type { Log } from '../log.ts'

export type ReplayCareDeps = {
  /** Sees across users which are due, and no more. */
  watch: ReplayWatch
  /** Acts as the user whose reading it is. */
  replays: Replays
  log: Log
}

/** Asks for refreshes of what a developer has put back; the caretaker beside it starts their runs. Any number may run. */
export function createReplayCare({ watch, replays, log }: ReplayCareDeps) {
  async function round(): Promise<void> {
    for (const due of await watch.due()) {
      await replays.replay(due).then(
        (answer) =>
          log.info(
            { institutionId: due.institutionId, outcome: answer?.outcome ?? 'none' },
            'a reading that was set aside is replayed',
          ),
        (error: unknown) => {
          const failure = error instanceof Error ? error.name : 'not an error'
          log.warn(
            { institutionId: due.institutionId, case: 'replay', failure },
            'a reading could not be replayed',
          )
        },
      )
    }
  }

  return { round }
}
