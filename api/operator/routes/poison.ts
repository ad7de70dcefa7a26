import { type RequestHandler, Router } from 'express'
import { z } from 'zod'

import type { OperatorPoison, PoisonHead } from '../../../db/operator-poison.ts'
import { checked } from '../../checked.ts'
import { jsonBody } from '../../json-bodies.ts'
import { onlyMethods } from '../../problem-answers.ts'
import { RequestProblem } from '../../problems.ts'
import { institutionId, limit, userKey, why } from '../parameters.ts'
import type { poisonAnswer, replayedAnswer } from '../poison-answers.ts'
import { actorOf, onlyOperators } from '../signed-in.ts'
import { SMALL_BODY } from './orders.ts'

export type PoisonDeps = { poison: OperatorPoison }

const poisonQuery = z.strictObject({ institution: institutionId.optional(), limit })
const replayPath = z.strictObject({ userKey, institutionId })

/**
 * GET /v1/operator/poison: whose reading of which institution is set aside. POST …/poison/{userKey}/{id}/replay puts one
 * back; POST …/poison/replay all of an institution, a hundred a call. A refresh of each is asked for within seconds.
 */
export function poisonRoutes({ poison }: PoisonDeps): Router {
  const router = Router()
  router
    .route('/poison')
    .get(async (request, response) => {
      const query = checked(poisonQuery, request.query)
      const found = await poison.list(query.institution ?? null, query.limit + 1)
      const shown = found.slice(0, query.limit).map(headOf)
      response.json({ poison: shown, areMore: found.length > query.limit } satisfies z.infer<
        typeof poisonAnswer
      >)
    })
    .all(onlyMethods('GET, HEAD'))
  router
    .route('/poison/replay')
    .post(onlyOperators, ...jsonBody(SMALL_BODY), replayAll(poison))
    .all(onlyMethods('POST'))
  router
    .route('/poison/:userKey/:institutionId/replay')
    .post(onlyOperators, ...jsonBody(SMALL_BODY), replayOne(poison))
    .all(onlyMethods('POST'))
  return router
}

const replayAll =
  (poison: OperatorPoison): RequestHandler =>
  async (request, response) => {
    checked(z.strictObject({}), request.query)
    const body = checked(z.strictObject({ why, institution: institutionId }), request.body)
    const saying = { by: actorOf(request).by, why: body.why, place: request.ip ?? null }
    const replayed = await poison.replay({ institutionId: body.institution, userKey: null }, saying)
    response.json(replayed satisfies z.infer<typeof replayedAnswer>)
  }

/** Again is no mistake: what is not set aside (any more) is replayed by nobody, and that is answered. */
const replayOne =
  (poison: OperatorPoison): RequestHandler =>
  async (request, response) => {
    checked(z.strictObject({}), request.query)
    const body = checked(z.strictObject({ why }), request.body)
    const path = replayPath.safeParse(request.params)
    if (!path.success) throw new RequestProblem('NotFound')
    const saying = { by: actorOf(request).by, why: body.why, place: request.ip ?? null }
    response.json((await poison.replay(path.data, saying)) satisfies z.infer<typeof replayedAnswer>)
  }

const headOf = ({ firstAt, lastAt, setAsideAt, replayAt, ...head }: PoisonHead) => ({
  ...head,
  firstAt: firstAt.toISOString(),
  lastAt: lastAt.toISOString(),
  setAsideAt: setAsideAt?.toISOString() ?? null,
  replayAt: replayAt?.toISOString() ?? null,
  url: `/v1/operator/refreshes/${head.userKey}/${head.lastRefreshNo}`,
})
