import type { Bearer } from '../connectors/connector.ts'
import { bindCall, createHttp } from '../connectors/http.ts'
import { connectorFor } from '../connectors/registry.ts'
import type { ReadingRef } from '../db/attempts.ts'
import type { CredentialRef } from '../db/credential-rows.ts'
import { analyse } from '../domain/analysis/analyse.ts'
import { classify, CLASSIFIER_VERSION } from '../domain/classification/classify.ts'
import { kstDate } from '../domain/time.ts'
import type { Person } from './people.ts'
import type { Repositories } from './repositories.ts'

/**
 * The floor: the same connectors and repositories, one Promise.all in one process. It survives nothing and promises
 * nothing; what Moa takes longer than this is what durability costs.
 */
export function createFloor(repositories: Pick<Repositories, 'api' | 'worker'>) {
  const { events } = repositories.api
  const { refreshes, cuts, classifications, analyses } = repositories.worker
  const http = createHttp({
    operatorCode: 'MOABENCH01',
    registered: (origin) => origin.startsWith('http://127.0.0.1'),
    mayCall: () => true,
  })

  /** From the event to the publication; answers which refresh it was as soon as the event is stored. */
  async function refresh({ userId, name }: Person, stored: (refreshNo: number) => void): Promise<void> {
    const answer = await events.record(userId, {
      type: 'assets.refresh_requested',
      institutionId: null,
      idempotencyKey: null,
    })
    if (answer.outcome !== 'started') throw new Error(`the event of ${name} was ${answer.outcome}`)
    const { refreshNo } = answer
    stored(refreshNo)
    const plan = await refreshes.begin(userId, refreshNo, 'floor')
    if (plan.state === 'closed') throw new Error('the refresh was closed before it began')
    await Promise.all(
      plan.readings.map(({ institutionId, round }) => collect({ userId, refreshNo, institutionId, round })),
    )
    const snapshotNo = await cuts.cut(userId, refreshNo, 1)
    if (snapshotNo === null) throw new Error('the refresh was closed before its cut')
    await classifications.classifyCut(userId, snapshotNo, classify, CLASSIFIER_VERSION)
    await analyses.analyseCut(userId, snapshotNo, analyse)
    const { outcome } = await cuts.publish(userId, snapshotNo)
    if (outcome !== 'complete') throw new Error(`the floor published ${outcome}`)
  }

  async function collect(ref: ReadingRef): Promise<void> {
    const { attempts, collections } = repositories.worker
    const attempt = await attempts.begin(ref)
    if (attempt === 'done') return
    if ('notYet' in attempt) throw new Error(`${ref.institutionId} may not be read yet`)
    const { institution, apiType, leave, limits } = attempt
    const visit = { institution, apiType }
    let calls = 0
    const options = {
      signal: new AbortController().signal,
      deadlineMs: limits.callMs,
      beforeCall: async () => void (calls += 1),
    }
    const reading = await connectorFor(institution.connector, institution.industry)!.collect({
      ...visit,
      scope: leave.scope,
      today: kstDate(attempt.asOf),
      historyMonths: attempt.spanMonths,
      known: attempt.known,
      call: bindCall(http, visit, await bearerOf({ ...ref, generation: attempt.generation }), options),
    })
    const { generation, asOf } = attempt
    await collections.apply(
      ref,
      { attempt: attempt.attempt, generation, asOf, calls, nextTryInMs: null },
      reading,
    )
  }

  /** The token as it is stored: people of the benchmark hold some that last for years. */
  async function bearerOf(ref: CredentialRef): Promise<Bearer> {
    const holding = await repositories.worker.credentials.read(ref)
    if (holding.state !== 'tokens') throw new Error(`${ref.institutionId} gave no tokens`)
    return { token: () => holding.accessToken, instead: (_, refusal) => Promise.reject(refusal) }
  }

  return { refresh, close: http.close }
}

export type Floor = ReturnType<typeof createFloor>
