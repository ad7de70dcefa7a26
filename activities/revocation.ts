import { setTimeout as sleep } from 'node:timers/promises'

import { Context } from '@temporalio/activity'

import type { UserId } from '../db/database.ts'
import type { ToTell } from '../db/revocation-steps.ts'
import { DomainFailure, FAILURES } from '../domain/failures.ts'
import type { InstitutionAnswer, RevocationRef } from '../domain/revocation.ts'
import { type ActivityDeps, userIdOf } from './deps.ts'
import { alive } from './heartbeat.ts'

/** How long the institution may still be asked; null: nothing is left to be done. */
export type RevocationForRun = { tellForMs: number } | null

/** Whether the institution has been told; if not, from when on it may be told again, where it named a time. */
export type Told = { isTold: boolean; notBefore: string | null }

// One call: what a token address answers is small.
const CALL_MS = 20_000
// A refresh without calls publishes within a second; the run looks again after ten minutes of an open refresh.
const SHOWS_WITHIN_MS = 600_000
const FIRST_LOOK_MS = 100
const LONGEST_LOOK_MS = 5_000
// An apply that holds the institution's row takes the same rows away.
const PASSED_MS = 200

/** The steps of the end of a consent. Safe to repeat, and to do twice at once. */
export function createRevocation(deps: ActivityDeps) {
  const { revocationSteps, failpoint } = deps
  const ofUser = (ref: RevocationRef) => userIdOf(deps, ref.userKey)

  async function beginRevocation(ref: RevocationRef): Promise<RevocationForRun> {
    const begun = await revocationSteps.begin(await ofUser(ref), ref.revocationNo)
    await failpoint('revocation.begun')
    if (begun.state === 'done') return null
    return { tellForMs: begun.requestedAt.getTime() + deps.revokeForMs - begun.now.getTime() }
  }

  /** One try to end the tokens where they came from. Whatever it fails with, it is tried again. */
  const tellInstitution = (ref: RevocationRef): Promise<Told> =>
    alive(async () => {
      const userId = await ofUser(ref)
      const toTell = await revocationSteps.toTell(userId, ref.revocationNo)
      if (!toTell) return { isTold: true, notBefore: null }
      try {
        const answer = await revokeAll(deps, toTell)
        await failpoint('revocation.told')
        const isTold = await revocationSteps.told(userId, ref.revocationNo, toTell.version, answer)
        return { isTold, notBefore: null }
      } catch (error) {
        if (!(error instanceof DomainFailure) || error.type === 'StorageUnavailable') throw error
        await revocationSteps.notTold(userId, ref.revocationNo, error.type)
        return { isTold: false, notBefore: error.notBefore?.toISOString() ?? null }
      }
    })

  const giveUpTelling = async (ref: RevocationRef): Promise<void> =>
    revocationSteps.giveUpTelling(await ofUser(ref), ref.revocationNo)

  /** Page by page; what a worker that died has taken away stays counted. */
  const deleteRevoked = (ref: RevocationRef): Promise<{ rows: number }> =>
    alive(async () => {
      const userId = await ofUser(ref)
      let rows = 0
      for (;;) {
        const step = await deps.revocationDeletion.page(userId, ref.revocationNo)
        rows += step.rows
        if (step.state === 'done') return { rows }
        if (step.state === 'passed') await pause(PASSED_MS)
        else await failpoint('revocation.deleted')
      }
    })

  /** Waits until what remains is shown, and sees to it that something is on its way to it. */
  const showRemainder = (ref: RevocationRef): Promise<{ snapshotNo: number | null }> =>
    alive(async () => {
      const userId = await ofUser(ref)
      const giveUpAt = performance.now() + SHOWS_WITHIN_MS
      for (let pauseMs = FIRST_LOOK_MS; performance.now() < giveUpAt; pauseMs = longer(pauseMs)) {
        const snapshotNo = await lookForRemainder(deps, userId, ref)
        if (snapshotNo !== null) {
          await failpoint('revocation.shown')
          return { snapshotNo }
        }
        await pause(pauseMs)
      }
      return { snapshotNo: null }
    })

  /** Once, when everything is done; false: something is not. */
  const writeReceipt = async (ref: RevocationRef): Promise<{ isDone: boolean }> => {
    const userId = await ofUser(ref)
    await failpoint('revocation.receipt')
    const finished = await deps.revocationReceipts.finish(userId, ref.revocationNo, deps.signReceipt)
    await failpoint('revocation.done')
    return { isDone: finished === 'done' }
  }

  return { beginRevocation, tellInstitution, giveUpTelling, deleteRevoked, showRemainder, writeReceipt }
}

/** The refresh is told each time it is not there yet: starting and hinting are harmless, and may have been lost. */
async function lookForRemainder(
  { revocationReceipts, tellRun, log }: ActivityDeps,
  userId: UserId,
  { userKey, revocationNo }: RevocationRef,
): Promise<number | null> {
  const remainder = await revocationReceipts.remainder(userId, revocationNo)
  if (remainder.state === 'shown') return remainder.snapshotNo
  const { refreshNo } = remainder
  await tellRun({ userKey, refreshNo }).catch(() => {
    log.warn({ userKey, refreshNo }, 'a refresh was left to the caretaker')
  })
  return null
}

/** Each token that was held: an institution may end one without the other. */
async function revokeAll(
  { revokeToken }: ActivityDeps,
  { institution, tokens }: ToTell,
): Promise<InstitutionAnswer> {
  const answers: InstitutionAnswer[] = []
  for (const token of tokens) {
    const signal = Context.current().cancellationSignal
    const answer = revokeToken(institution, token, { signal, deadlineMs: CALL_MS })
    answers.push(await answer.catch(asNothing))
  }
  return answers.includes('confirmed') ? 'confirmed' : 'nothing_to_revoke'
}

/** A token that is refused for what it is gives nobody anything any more. */
function asNothing(error: unknown): 'nothing_to_revoke' {
  const isOver = error instanceof DomainFailure && FAILURES[error.type].acts === 'user'
  if (!isOver) throw error
  return 'nothing_to_revoke'
}

const longer = (pauseMs: number): number => Math.min(pauseMs * 2, LONGEST_LOOK_MS)

const pause = (ms: number): Promise<void> =>
  sleep(ms, undefined, { signal: Context.current().cancellationSignal })
