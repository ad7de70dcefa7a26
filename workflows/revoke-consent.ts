import { condition, defineSignal, setCurrentDetails, setHandler, sleep } from '@temporalio/workflow'

import type { RevocationRef } from '../domain/revocation.ts'
import { type RevocationInput, type RevocationResult, ROWS_CHANGED } from './contract.ts'
import { revoking } from './steps.ts'

const rowsChangedSignal = defineSignal(ROWS_CHANGED)

// A deletion that was asked for while the institution is being told, and whose hint was lost, begins this much later.
const LOOKS_AGAIN_MS = 600_000
// 1, 2, 4, … s, up to an hour, each ± a quarter: an institution that is down for three days is asked some 85 times.
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 3_600_000

/**
 * What follows the fence of a consent's end: the institution is told, what was read is deleted if that was asked, what
 * remains is shown, and then, once, the receipt is written. The first takes as long as it takes, and holds up nothing.
 */
export async function revokeConsent({ revocation }: RevocationInput): Promise<RevocationResult> {
  let isHinted = false
  setHandler(rowsChangedSignal, () => {
    isHinted = true
  })
  const begun = await revoking.beginRevocation(revocation)
  if (!begun) return { done: 'before' }
  const telling = follow(tellInstitution(revocation, begun.tellForMs))
  for (;;) {
    isHinted = false
    describe(telling, 'deleting, and showing what remains')
    const [, { snapshotNo }] = await Promise.all([
      revoking.deleteRevoked(revocation),
      revoking.showRemainder(revocation),
    ])
    if (snapshotNo === null) continue
    describe(telling, `snapshot ${snapshotNo} shows what remains`)
    await condition(() => telling.isOver || isHinted, LOOKS_AGAIN_MS, { summary: 'the institution' })
    if (!telling.isOver) continue
    if (telling.failure !== undefined) throw telling.failure
    const { isDone } = await revoking.writeReceipt(revocation)
    if (isDone) return { done: 'now' }
  }
}

/** Until it has answered, or its time is up; the last word is in the rows. */
async function tellInstitution(revocation: RevocationRef, forMs: number): Promise<void> {
  const until = Date.now() + forMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (Date.now() >= until) return revoking.giveUpTelling(revocation)
    const { isTold, notBefore } = await revoking.tellInstitution(revocation)
    if (isTold) return
    const statedMs = notBefore === null ? 0 : Date.parse(notBefore) - Date.now()
    const waitMs = Math.max(statedMs, pauseMs * (0.75 + Math.random() / 2))
    await sleep(Math.max(1, Math.min(waitMs, until - Date.now())), {
      summary: 'the institution did not confirm',
    })
  }
}

type Followed = { isOver: boolean; failure: unknown }

/** Work that goes on beside; how it ended is looked at, never waited for. */
function follow(work: Promise<void>): Followed {
  const followed: Followed = { isOver: false, failure: undefined }
  work.then(
    () => {
      followed.isOver = true
    },
    (error: unknown) => {
      Object.assign(followed, { isOver: true, failure: error })
    },
  )
  return followed
}

/** What an operator reads at the top of the run's page. */
const describe = ({ isOver }: Followed, phase: string): void =>
  setCurrentDetails(
    `**${phase}**; ${isOver ? 'the institution has been told' : 'the institution is being told'}`,
  )
