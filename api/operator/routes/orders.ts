import { type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'

import type { OperatorRefreshes } from '../../../db/operator-refreshes.ts'
import type { OrderAnswer, Orders } from '../../../db/orders.ts'
import type { RowAnswer, Verb } from '../../../domain/orders.ts'
import { checked } from '../../checked.ts'
import { jsonBody } from '../../json-bodies.ts'
import { onlyMethods } from '../../problem-answers.ts'
import { REQUEST_PROBLEMS, RequestProblem } from '../../problems.ts'
import { requestIdOf } from '../../request-ids.ts'
import type { orderAnswer, orderRefused } from '../answers.ts'
import type { EngineTeller } from '../engine-teller.ts'
import { institutionIds, why } from '../parameters.ts'
import { saysOf } from '../refusals.ts'
import { actorOf, onlyOperators } from '../signed-in.ts'
import { refreshPath } from './story.ts'

export type OrderDeps = {
  orders: Orders
  refreshes: Pick<OperatorRefreshes, 'userIdOf'>
  tell: EngineTeller['tell']
}

/** What each verb takes: cancelling is about the whole refresh, excusing about institutions that are named. */
export const orderBodies = {
  cancel: z.strictObject({ why }),
  resume: z.strictObject({ why, institutions: institutionIds.optional() }),
  excuse: z.strictObject({ why, institutions: institutionIds }),
} as const satisfies Record<Verb, z.ZodType>

// 100 ids of 64 characters and a reason: 8 KB.
export const SMALL_BODY = 16 * 1024

/**
 * POST /v1/operator/refreshes/{userKey}/{refreshNo}/{verb}: one transaction with its row in the audit; then the engine
 * is told while nobody waits. The same order twice changes nothing and is answered the same.
 */
export function orderRoutes(deps: OrderDeps): Router {
  const router = Router()
  for (const verb of ['cancel', 'resume', 'excuse'] as const) {
    router
      .route(`/refreshes/:userKey/:refreshNo/${verb}`)
      .post(onlyOperators, ...jsonBody(SMALL_BODY), order(deps, verb))
      .all(onlyMethods('POST'))
  }
  return router
}

const order =
  ({ orders, refreshes, tell }: OrderDeps, verb: Verb): RequestHandler =>
  async (request, response) => {
    checked(z.strictObject({}), request.query)
    const body: { why: string; institutions?: string[] | undefined } = checked(
      orderBodies[verb],
      request.body,
    )
    const path = refreshPath.safeParse(request.params)
    const userId = path.success ? await refreshes.userIdOf(path.data.userKey) : null
    if (!path.success || userId === null) throw new RequestProblem('NotFound')
    const answer = await orders.give(userId, path.data.refreshNo, {
      verb,
      institutionIds: body.institutions ?? null,
      by: actorOf(request).by,
      why: body.why,
      via: 'operator',
      place: request.ip ?? null,
    })
    if (answer.because === 'no_such_refresh') throw new RequestProblem('NotFound')
    if (answer.outcome === 'refused') return refuse(response, requestIdOf(request), answer)
    // Also when it had been done before: what the engine was told then may have been lost.
    tell(verb, path.data)
    response.json(answerOf(answer))
  }

const answerOf = ({ outcome, state, institutions }: OrderAnswer): z.infer<typeof orderAnswer> => ({
  changed: outcome === 'done',
  state,
  institutions: institutions.map(rowAnswerOf),
})

const rowAnswerOf = ({ notBefore, ...row }: RowAnswer) => ({
  ...row,
  says: saysOf(row.because),
  notBefore: notBefore?.toISOString() ?? null,
})

/** A problem that names the reason, and that of each institution. The refusal is in the audit, too. */
function refuse(response: Response, requestId: string, { because, institutions, state }: OrderAnswer): void {
  const { http, says } = REQUEST_PROBLEMS.OrderRefused
  const document = {
    type: '/problems/OrderRefused',
    title: 'OrderRefused',
    status: http,
    detail: saysOf(because) ?? says,
    requestId,
    because,
    state,
    institutions: institutions.map(rowAnswerOf),
  } satisfies z.infer<typeof orderRefused>
  response.status(http).type('application/problem+json').send(JSON.stringify(document))
}
