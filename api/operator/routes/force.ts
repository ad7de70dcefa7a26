import { type RequestHandler, Router } from 'express'
import { z } from 'zod'

import type { BreakerOrders, BreakerView, Forced } from '../../../db/breaker-orders.ts'
import type { Institutions } from '../../../db/institutions.ts'
import { checked } from '../../checked.ts'
import { jsonBody } from '../../json-bodies.ts'
import { onlyMethods } from '../../problem-answers.ts'
import { RequestProblem } from '../../problems.ts'
import type { forceAnswer } from '../answers.ts'
import { duration, institutionId, why } from '../parameters.ts'
import { actorOf, onlyOperators } from '../signed-in.ts'
import { SMALL_BODY } from './orders.ts'

export type ForceDeps = {
  breakerOrders: Pick<BreakerOrders, 'force'>
  institutions: Pick<Institutions, 'find'>
}

// Somebody looks at it again within a week: a word that is forgotten must not stand for ever.
const LONGEST_MS = 7 * 86_400_000

const until = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

const body = z
  .strictObject({
    to: z.enum(['open', 'closed', 'none']),
    until: until.optional(),
    for: duration.optional(),
    why,
  })
  .transform((given, context): { word: Forced; why: string } => {
    const { to } = given
    if (to === 'none') {
      if (given.until || given.for) context.addIssue({ code: 'custom', message: NO_END, path: ['until'] })
      return { word: { to }, why: given.why }
    }
    const now = Date.now()
    const end = given.until ?? (given.for === undefined ? null : new Date(now + given.for))
    const isOne = (given.until === undefined) !== (given.for === undefined)
    if (!isOne || end === null || end.getTime() <= now || end.getTime() > now + LONGEST_MS) {
      context.addIssue({ code: 'custom', message: AN_END, path: ['until'] })
      return z.NEVER
    }
    return { word: { to, until: end }, why: given.why }
  })

const AN_END = 'an end was expected: until, or for, at most seven days from now'
const NO_END = 'no end was expected: what is taken back is taken back at once'

/**
 * POST /v1/operator/institutions/{id}/force: an operator's word stands above all that the fleet observes. Open: nobody
 * calls; closed: everybody may; none: it is the fleet's to say again.
 */
export function forceRoutes(deps: ForceDeps): Router {
  const router = Router()
  router
    .route('/institutions/:institutionId/force')
    .post(onlyOperators, ...jsonBody(SMALL_BODY), forcing(deps))
    .all(onlyMethods('POST'))
  return router
}

const forcing =
  ({ breakerOrders, institutions }: ForceDeps): RequestHandler =>
  async (request, response) => {
    checked(z.strictObject({}), request.query)
    const given = checked(body, request.body)
    const named = institutionId.safeParse(request.params.institutionId)
    if (!named.success || !(await institutions.find(named.data))) throw new RequestProblem('NotFound')
    const { by } = actorOf(request)
    const word = { by, why: given.why, place: request.ip ?? null }
    const { changed, breaker } = await breakerOrders.force(named.data, given.word, word)
    response.json({ changed, ...shown(breaker) } satisfies z.infer<typeof forceAnswer>)
  }

const shown = ({ state, since, cause, probeFrom, forced }: BreakerView) => ({
  state,
  since: since.toISOString(),
  cause,
  probeFrom: probeFrom?.toISOString() ?? null,
  forced: forced && { to: forced.to, until: forced.until.toISOString() },
})
