import { type RequestHandler, Router } from 'express'
import { z } from 'zod'

import type { OperatorResponses, ResponseHead } from '../../../db/operator-responses.ts'
import { checked } from '../../checked.ts'
import { jsonBody } from '../../json-bodies.ts'
import { onlyMethods } from '../../problem-answers.ts'
import { RequestProblem } from '../../problems.ts'
import type { responseOpened, responsesAnswer } from '../answers.ts'
import { institutionId, limit, why } from '../parameters.ts'
import { actorOf, onlyOperators } from '../signed-in.ts'
import { SMALL_BODY } from './orders.ts'

export type ResponseDeps = { responses: OperatorResponses }

export const responsesQuery = z.strictObject({ institution: institutionId.optional(), limit })

const responsePath = z.strictObject({ responseId: z.uuid() })

/**
 * GET /v1/operator/responses: what institutions answered that was not believed, newest first, without a body and without
 * whose it is. POST …/{responseId}/open: the body, once its reader and their reason stand in the audit.
 */
export function responseRoutes(deps: ResponseDeps): Router {
  const router = Router()
  router
    .route('/responses')
    .get(async (request, response) => {
      const query = checked(responsesQuery, request.query)
      const found = await deps.responses.list(query.institution ?? null, query.limit)
      response.json({ responses: found.map(headOf) } satisfies z.infer<typeof responsesAnswer>)
    })
    .all(onlyMethods('GET, HEAD'))
  router
    .route('/responses/:responseId/open')
    .post(onlyOperators, ...jsonBody(SMALL_BODY), open(deps))
    .all(onlyMethods('POST'))
  return router
}

/** Every reading is an entry of its own: asked twice, it is written twice. */
const open =
  ({ responses }: ResponseDeps): RequestHandler =>
  async (request, response) => {
    checked(z.strictObject({}), request.query)
    const body = checked(z.strictObject({ why }), request.body)
    const path = responsePath.safeParse(request.params)
    const opening = { by: actorOf(request).by, why: body.why, place: request.ip ?? null }
    const opened = path.success ? await responses.open(path.data.responseId, opening) : null
    if (!opened) throw new RequestProblem('NotFound')
    response.json({ ...opened, ...readable(opened.body) } satisfies z.infer<typeof responseOpened>)
  }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** As text where it is one; an answer may be here because it is none. The end may be cut within a character. */
function readable(bytes: Buffer): { encoding: 'utf-8' | 'base64'; body: string } {
  try {
    return { encoding: 'utf-8', body: utf8.decode(bytes) }
  } catch {
    return { encoding: 'base64', body: bytes.toString('base64') }
  }
}

const headOf = ({ keptAt, expiresAt, ...rest }: ResponseHead) => ({
  ...rest,
  keptAt: keptAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
})
