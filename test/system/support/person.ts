import { randomBytes } from 'node:crypto'

import type { Analysed } from '../../../db/analyses.ts'
import type { Attempt, ReadingRef } from '../../../db/attempts.ts'
import type { UserId } from '../../../db/database.ts'
import type { EventAnswer } from '../../../db/events.ts'
import type { Cut } from '../../../domain/analysis/analyser.ts'
import type { Classifiable, Classification } from '../../../domain/classification/rule.ts'
import type { EventType } from '../../../domain/event-map.ts'
import type { Reading } from '../../../domain/reading.ts'
import { makeGrant, makeInstitution, type TestMoa } from '../moa.ts'
import { makeReading } from './readings.ts'

export const BUTTON = 'assets.refresh_requested' satisfies EventType
export const VIEW = 'assets.home_viewed' satisfies EventType

/** The same category for everything: what is classified plays no part here, only that it is. */
export const classifyAll = (rows: readonly Classifiable[]): Classification[] =>
  rows.map(({ id }) => ({ transactionId: id, category: 'finance.fee', rule: 'test', confidence: '1' }))

/** A required document that quotes every balance of its cut, so that what was erased can be looked for in it. */
export const analyseAll = (cut: Cut): Analysed[] => [
  {
    analyser: 'quotes',
    version: 1,
    required: true,
    document: { amounts: cut.balances.map(({ amount }) => String(Number(amount))) },
    failure: null,
  },
]

/** The steps of a run, one call each, without an engine: tests play the readings themselves. */
export function createSteps(moa: TestMoa) {
  const { api, worker } = moa
  const registered = new Set<string>()

  async function enrol(institutionIds: readonly string[]): Promise<{ userId: UserId; userKey: string }> {
    const unknown = institutionIds.filter((institutionId) => !registered.has(institutionId))
    await api.institutions.register(unknown.map(makeInstitution))
    for (const institutionId of unknown) registered.add(institutionId)
    return api.users.enrol('https://test', randomBytes(6).toString('hex'))
  }

  /** A person with a consent at each institution, and the refresh that those opened. */
  async function enrolWithConsents(institutionIds: readonly string[]) {
    const person = await enrol(institutionIds)
    let refreshNo = 0
    for (const institutionId of institutionIds) {
      refreshNo = refreshOf(await api.consents.grant(person.userId, makeGrant(institutionId)))
    }
    return { ...person, refreshNo }
  }

  const record = (userId: UserId, type: EventType, institutionId: string | null = null) =>
    api.events.record(userId, { type, institutionId, idempotencyKey: null })

  async function roundOf(userId: UserId, refreshNo: number, institutionId: string): Promise<number> {
    const [row] = await moa.test.owner<{ round: number }[]>`
      SELECT round FROM plans
      WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND institution_id = ${institutionId}`
    if (!row) throw new Error(`${institutionId} has no plan row in refresh ${refreshNo}`)
    return row.round
  }

  async function beginReading(userId: UserId, refreshNo: number, institutionId: string) {
    const ref = {
      userId,
      refreshNo,
      institutionId,
      round: await roundOf(userId, refreshNo, institutionId),
    }
    const attempt = await worker.attempts.begin(ref)
    if (attempt === 'done') throw new Error(`${institutionId} was collected already`)
    if ('notYet' in attempt) throw new Error(`${institutionId} may not be read yet`)
    return { ref, attempt }
  }

  const apply = (ref: ReadingRef, attempt: Attempt, reading: Reading) =>
    worker.collections.apply(ref, factsOf(attempt), reading)

  /** One account named after its institution, holding this amount. */
  async function collect(userId: UserId, refreshNo: number, institutionId: string, amount: number) {
    const { ref, attempt } = await beginReading(userId, refreshNo, institutionId)
    return apply(ref, attempt, makeReading([{ name: `${institutionId}-1`, amount }]))
  }

  async function cutAndAnalyse(userId: UserId, refreshNo: number, cutNo: number): Promise<number> {
    const snapshotNo = await worker.cuts.cut(userId, refreshNo, cutNo)
    if (snapshotNo === null) throw new Error(`refresh ${refreshNo} is closed`)
    await worker.classifications.classifyCut(userId, snapshotNo, classifyAll, 1)
    await worker.analyses.analyseCut(userId, snapshotNo, analyseAll)
    return snapshotNo
  }

  async function cutAndPublish(userId: UserId, refreshNo: number, cutNo: number) {
    const snapshotNo = await cutAndAnalyse(userId, refreshNo, cutNo)
    return { snapshotNo, ...(await worker.cuts.publish(userId, snapshotNo)) }
  }

  /** A whole refresh, sunny: every planned institution brings this amount, and all of it is published. */
  async function refresh(userId: UserId, refreshNo: number, amount: number) {
    const plan = await worker.refreshes.begin(userId, refreshNo, 'run')
    if (plan.state === 'closed') throw new Error(`refresh ${refreshNo} is closed`)
    for (const { institutionId } of plan.readings) await collect(userId, refreshNo, institutionId, amount)
    return cutAndPublish(userId, refreshNo, 1)
  }

  return {
    enrol,
    enrolWithConsents,
    record,
    roundOf,
    beginReading,
    apply,
    collect,
    cutAndAnalyse,
    cutAndPublish,
    refresh,
  }
}

export type Steps = ReturnType<typeof createSteps>

export const factsOf = ({ attempt, generation, asOf }: Attempt) => ({
  attempt,
  generation,
  asOf,
  calls: 1,
  nextTryInMs: null,
})

/** The refresh that an event opened or joined. */
export function refreshOf(answer: EventAnswer): number {
  if (answer.outcome === 'started' || answer.outcome === 'joined') return answer.refreshNo
  throw new Error(`the event was answered ${answer.outcome}`)
}
