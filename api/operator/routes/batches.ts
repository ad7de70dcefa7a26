import { type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'

import type { BatchRefusal, OperatorBatches, Slice } from '../../../db/operator-batches.ts'
import { isOpen } from '../../../domain/refresh.ts'
import { checked } from '../../checked.ts'
import { jsonBody } from '../../json-bodies.ts'
import { onlyMethods } from '../../problem-answers.ts'
import { REQUEST_PROBLEMS, RequestProblem } from '../../problems.ts'
import { requestIdOf } from '../../request-ids.ts'
import {
  batchOut,
  type batchesAnswer,
  type batchRefused,
  type batchRun,
  type batchSeen,
} from '../batch-answers.ts'
import type { EngineTeller } from '../engine-teller.ts'
import { duration, failureName, institutionId, institutionIds, states, why } from '../parameters.ts'
import { batchSays, saysOf } from '../refusals.ts'
import { actorOf, onlyOperators } from '../signed-in.ts'
import { SMALL_BODY } from './orders.ts'

export type BatchDeps = { batches: OperatorBatches; tell: EngineTeller['tell'] }

/** The list's own filters; at least one of them, so that nobody means everybody by saying nothing. */
const filter = z
  .strictObject({
    state: states
      .refine(
        (given) => given.every(isOpen),
        'states of open refreshes were expected: nothing can be done to a closed one',
      )
      .optional(),
    institution: institutionId.optional(),
    failure: failureName.optional(),
    olderThan: duration.optional(),
    waitingFor: institutionId.optional(),
  })
  .refine((given) => Object.keys(given).length > 0, 'at least one filter was expected')

const proposal = z
  .strictObject({
    verb: z.enum(['cancel', 'resume', 'excuse']),
    filter,
    institutions: institutionIds.optional(),
  })
  .refine(({ verb, institutions }) => verb !== 'cancel' || institutions === undefined, {
    path: ['institutions'],
    message: 'no institutions were expected: a whole refresh is cancelled',
  })
  .refine(({ verb, institutions }) => verb !== 'excuse' || institutions !== undefined, {
    path: ['institutions'],
    message: 'the institutions that are meant were expected',
  })

const running = z.strictObject({ why, refreshes: z.int().min(0).max(1_000_000) })

// Counted from 1; fifteen digits are still exact.
const batchNo = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number)

/**
 * POST /v1/operator/batches: whom an order would concern, counted and with a sample; it is given to nobody. POST
 * …/{no}/run: gives it to exactly those, a slice a call. GET: how the last ones stand.
 */
export function batchRoutes(deps: BatchDeps): Router {
  const router = Router()
  router
    .route('/batches')
    .get(async (request, response) => {
      checked(z.strictObject({}), request.query)
      const batches = (await deps.batches.list()).map(batchOut)
      response.json({ batches } satisfies z.infer<typeof batchesAnswer>)
    })
    .post(onlyOperators, ...jsonBody(SMALL_BODY), propose(deps))
    .all(onlyMethods('GET, HEAD, POST'))
  router
    .route('/batches/:batchNo/run')
    .post(onlyOperators, ...jsonBody(SMALL_BODY), run(deps))
    .all(onlyMethods('POST'))
  return router
}

const propose =
  ({ batches }: BatchDeps): RequestHandler =>
  async (request, response) => {
    checked(z.strictObject({}), request.query)
    const { verb, filter: given, institutions } = checked(proposal, request.body)
    const wish = {
      verb,
      institutionIds: institutions ?? null,
      filter: {
        states: given.state ?? [],
        institutionId: given.institution ?? null,
        failure: given.failure ?? null,
        olderThanMs: given.olderThan ?? null,
        waitingFor: given.waitingFor ?? null,
        userKey: null,
      },
    }
    const { batch, areMore, sample } = await batches.propose(wish, actorOf(request).by)
    response.json({
      batch: batchOut(batch),
      areMore,
      sample: sample.map(({ openedAt, ...head }) => ({
        ...head,
        openedAt: openedAt.toISOString(),
        url: `/v1/operator/refreshes/${head.userKey}/${head.refreshNo}`,
      })),
    } satisfies z.infer<typeof batchSeen>)
  }

const run =
  ({ batches, tell }: BatchDeps): RequestHandler =>
  async (request, response) => {
    checked(z.strictObject({}), request.query)
    const body = checked(running, request.body)
    const named = batchNo.safeParse(request.params.batchNo)
    const saying = { ...body, by: actorOf(request).by, place: request.ip ?? null }
    const slice = named.success ? await batches.run(named.data, saying) : null
    if (!slice) throw new RequestProblem('NotFound')
    if (slice.state === 'refused') return refuse(response, requestIdOf(request), slice.because)
    for (const { outcome, ...refresh } of slice.given) {
      if (outcome !== 'refused') tell(slice.batch.verb, refresh)
    }
    response.json({ batch: batchOut(slice.batch), refusals: refusalsOf(slice) } satisfies z.infer<
      typeof batchRun
    >)
  }

const refusalsOf = ({ refusals }: Extract<Slice, { state: 'run' }>) =>
  refusals.map(({ because, refreshes }) => ({ because, says: saysOf(because) ?? '', refreshes }))

function refuse(response: Response, requestId: string, because: BatchRefusal): void {
  const { http } = REQUEST_PROBLEMS.OrderRefused
  const document = {
    type: '/problems/OrderRefused',
    title: 'OrderRefused',
    status: http,
    detail: batchSays(because),
    requestId,
    because,
  } satisfies z.infer<typeof batchRefused>
  response.status(http).type('application/problem+json').send(JSON.stringify(document))
}
