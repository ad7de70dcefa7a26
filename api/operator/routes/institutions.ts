import { type RequestHandler, Router } from 'express'
import { z } from 'zod'

import type { InstitutionHead, OperatorInstitutions } from '../../../db/operator-institutions.ts'
import { heldAt, heldInWords, type InstitutionVerb } from '../../../domain/institution-settings.ts'
import { checked } from '../../checked.ts'
import { jsonBody } from '../../json-bodies.ts'
import { onlyMethods } from '../../problem-answers.ts'
import { REQUEST_PROBLEMS, RequestProblem } from '../../problems.ts'
import { requestIdOf } from '../../request-ids.ts'
import {
  type institutionRefused,
  type institutionSaidAnswer,
  type institutionSettingsAnswer,
  settingsOut,
} from '../institution-answers.ts'
import { institutionBodies } from '../institution-bodies.ts'
import { institutionId, limit } from '../parameters.ts'
import { institutionSays } from '../refusals.ts'
import { actorOf, onlyOperators } from '../signed-in.ts'
import { SMALL_BODY } from './orders.ts'

export type InstitutionDeps = { operatorInstitutions: OperatorInstitutions }

export const institutionsQuery = z.strictObject({ cursor: institutionId.optional(), limit })

/**
 * GET /v1/operator/institution-settings: what operators have said of each institution, and whether it may be read now.
 * POST /v1/operator/institutions/{id}/{verb}: says something of one. The same again changes nothing.
 */
export function institutionRoutes({ operatorInstitutions }: InstitutionDeps): Router {
  const router = Router()
  router
    .route('/institution-settings')
    .get(async (request, response) => {
      const query = checked(institutionsQuery, request.query)
      // One more than is shown, to know whether there is more.
      const { now, institutions } = await operatorInstitutions.list(query.limit + 1, query.cursor ?? null)
      response.json(pageOf(institutions, query.limit, now))
    })
    .all(onlyMethods('GET, HEAD'))
  for (const verb of ['pause', 'resume', 'limits', 'windows', 'timeouts'] as const) {
    router
      .route(`/institutions/:institutionId/${verb}`)
      .post(onlyOperators, ...jsonBody(SMALL_BODY), say(operatorInstitutions, verb))
      .all(onlyMethods('POST'))
  }
  return router
}

const say =
  (institutions: OperatorInstitutions, verb: InstitutionVerb): RequestHandler =>
  async (request, response) => {
    checked(z.strictObject({}), request.query)
    const { why, order } = checked(institutionBodies[verb], request.body)
    const named = institutionId.safeParse(request.params.institutionId)
    const saying = { by: actorOf(request).by, why, place: request.ip ?? null }
    const said = named.success ? await institutions.say(named.data, order, saying) : null
    if (!said) throw new RequestProblem('NotFound')
    if (said.because) {
      const { http } = REQUEST_PROBLEMS.OrderRefused
      const document = {
        type: '/problems/OrderRefused',
        title: 'OrderRefused',
        status: http,
        detail: institutionSays(said.because),
        requestId: requestIdOf(request),
        because: said.because,
      } satisfies z.infer<typeof institutionRefused>
      response.status(http).type('application/problem+json').send(JSON.stringify(document))
      return
    }
    const { outcome, before, after, waiting } = said
    response.json({
      changed: outcome === 'done',
      before: settingsOut(before),
      after: settingsOut(after),
      waiting,
    } satisfies z.infer<typeof institutionSaidAnswer>)
  }

function pageOf(
  found: readonly InstitutionHead[],
  most: number,
  now: Date,
): z.infer<typeof institutionSettingsAnswer> {
  const shown = found.slice(0, most)
  return {
    institutions: shown.map((one) => ({
      institutionId: one.institutionId,
      industry: one.industry,
      name: one.name,
      reading: one.reading,
      ...settingsOut(one),
      held: heldInWords(one, now),
      heldUntil: heldAt(one, now)?.until?.toISOString() ?? null,
    })),
    nextCursor: found.length > most ? shown.at(-1)!.institutionId : null,
  }
}
