import { type RequestHandler, Router } from 'express'
import { z } from 'zod'

import type { OperatorRevocations, RevocationHead } from '../../../db/operator-revocations.ts'
import type { Runs } from '../../../engine/runs.ts'
import { checked } from '../../checked.ts'
import { jsonBody } from '../../json-bodies.ts'
import { onlyMethods } from '../../problem-answers.ts'
import { RequestProblem } from '../../problems.ts'
import type { revocationResumed, revocationsAnswer } from '../answers.ts'
import { refreshNo, userKey, why } from '../parameters.ts'
import { actorOf, onlyOperators } from '../signed-in.ts'
import { SMALL_BODY } from './orders.ts'

export type RevocationListDeps = {
  revocations: OperatorRevocations
  startRevocation: Runs['startRevocation']
}

const revocationPath = z.strictObject({ userKey, revocationNo: refreshNo })

/**
 * GET /v1/operator/revocations: ends of consents about which something is still to be done, or whose institution never
 * answered. POST …/{userKey}/{revocationNo}/resume: one whose run somebody stopped goes on where it was.
 */
export function revocationRoutes(deps: RevocationListDeps): Router {
  const router = Router()
  router
    .route('/revocations')
    .get(async (request, response) => {
      checked(z.strictObject({}), request.query)
      const revocations = (await deps.revocations.list()).map(headOf)
      response.json({ revocations } satisfies z.infer<typeof revocationsAnswer>)
    })
    .all(onlyMethods('GET, HEAD'))
  router
    .route('/revocations/:userKey/:revocationNo/resume')
    .post(onlyOperators, ...jsonBody(SMALL_BODY), resume(deps))
    .all(onlyMethods('POST'))
  return router
}

/** Unlike an order of a refresh this one is the engine's: without it there is nothing that could go on. */
const resume =
  ({ revocations, startRevocation }: RevocationListDeps): RequestHandler =>
  async (request, response) => {
    checked(z.strictObject({}), request.query)
    const body = checked(z.strictObject({ why }), request.body)
    const path = revocationPath.safeParse(request.params)
    const isOpen = path.success && (await revocations.resume(path.data, actorOf(request).by, body.why))
    if (!path.success || !isOpen) throw new RequestProblem('NotFound')
    const changed = (await startRevocation(path.data, { again: true })) === 'started'
    response.json({ changed } satisfies z.infer<typeof revocationResumed>)
  }

const headOf = ({ requestedAt, deletedAt, stalledAt, ...rest }: RevocationHead) => ({
  ...rest,
  requestedAt: requestedAt.toISOString(),
  deletedAt: deletedAt?.toISOString() ?? null,
  stalledAt: stalledAt?.toISOString() ?? null,
})
