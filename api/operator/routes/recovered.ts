import { Router } from 'express'
import { z } from 'zod'

import type { InstitutionOrders } from '../../../db/institution-orders.ts'
import type { Institutions } from '../../../db/institutions.ts'
import { checked } from '../../checked.ts'
import { jsonBody } from '../../json-bodies.ts'
import { onlyMethods } from '../../problem-answers.ts'
import { RequestProblem } from '../../problems.ts'
import type { recoveredAnswer } from '../answers.ts'
import { institutionId, why } from '../parameters.ts'
import { actorOf, onlyOperators } from '../signed-in.ts'
import { SMALL_BODY } from './orders.ts'

export type RecoveredDeps = { institutionOrders: InstitutionOrders; institutions: Pick<Institutions, 'find'> }

/**
 * POST /v1/operator/institutions/{id}/recovered: it answers again, so whatever waits for it is due now. The caretaker
 * wakes the refreshes, no more at once than the institution bears; saying it twice brings nothing more forward.
 */
export function recoveredRoutes({ institutionOrders, institutions }: RecoveredDeps): Router {
  const router = Router()
  router
    .route('/institutions/:institutionId/recovered')
    .post(onlyOperators, ...jsonBody(SMALL_BODY), async (request, response) => {
      checked(z.strictObject({}), request.query)
      const body = checked(z.strictObject({ why }), request.body)
      const named = institutionId.safeParse(request.params.institutionId)
      if (!named.success || !(await institutions.find(named.data))) throw new RequestProblem('NotFound')
      const { by } = actorOf(request)
      const place = request.ip ?? null
      const { waiting } = await institutionOrders.recovered(named.data, by, body.why, place)
      response.json({ waiting } satisfies z.infer<typeof recoveredAnswer>)
    })
    .all(onlyMethods('POST'))
  return router
}
