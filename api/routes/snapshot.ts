import { Router } from 'express'
import { z } from 'zod'

import type { Published } from '../../db/published.ts'
import { analysers } from '../../domain/analysis/analyse.ts'
import { checked } from '../checked.ts'
import { onlyMethods } from '../problem-answers.ts'
import { RequestProblem } from '../problems.ts'
import { reasonAnswer, reasonOf, reasonOrNull } from '../reasons.ts'
import { userOf } from '../signed-in.ts'

export type SnapshotDeps = {
  published: Pick<Published, 'snapshot'>
}

/** Latest: the newest published, with what it lacks. Complete: the newest that lacks nothing. */
export const view = z.enum(['latest', 'complete'])
export const snapshotQuery = z.strictObject({ view: view.default('latest') })

const amount = z.string().regex(/^-?\d+(\.\d+)?$/)
const instant = z.iso.datetime()

const coverage = z.strictObject({
  institutionId: z.string(),
  name: z.string(),
  state: z.enum(['fresh', 'carried_over', 'absent']),
  asOf: instant.nullable(),
  reason: reasonAnswer.nullable(),
  required: z.boolean(),
  /** How many of its assets could not be read. */
  gaps: z.int().min(0),
})

const account = z.strictObject({
  accountKey: z.string(),
  institutionId: z.string(),
  name: z.string(),
  numberMasked: z.string(),
  kind: z.string(),
  status: z.string(),
  isShared: z.boolean(),
  balances: z.array(
    z.strictObject({
      currency: z.string(),
      amount,
      side: z.enum(['asset', 'debt']),
      available: amount.nullable(),
    }),
  ),
})

export const snapshotAnswer = z.strictObject({
  snapshotNo: z.int().positive(),
  status: z.enum(['complete', 'partial']),
  publishedAt: instant,
  refreshNo: z.int().positive(),
  /** How far apart its parts were read. */
  skewMs: z.int().min(0).nullable(),
  coverage: z.array(coverage),
  accounts: z.array(account),
  /** By analyser; either the document or the reason why there is none. */
  analyses: z.record(
    z.string(),
    z.strictObject({
      document: z.record(z.string(), z.unknown()).nullable(),
      failure: reasonAnswer.nullable(),
    }),
  ),
})

/** GET /v1/me/snapshot: what was published, and how whole it is. Waits for no institution and no engine. */
export function snapshotRoutes({ published }: SnapshotDeps): Router {
  const router = Router()
  router
    .route('/me/snapshot')
    .get(async (request, response) => {
      const query = checked(snapshotQuery, request.query)
      const userId = userOf(request)
      const found = await published.snapshot(userId, query.view)
      if (!found) throw new RequestProblem('NothingPublished')
      response.json(answerOf(found))
    })
    .all(onlyMethods('GET, HEAD'))
  return router
}

type Found = NonNullable<Awaited<ReturnType<Published['snapshot']>>>

function answerOf({ snapshotNo, status, publishedAt, refreshNo, skewMs, ...found }: Found) {
  return {
    snapshotNo,
    status,
    publishedAt: publishedAt.toISOString(),
    refreshNo,
    skewMs,
    coverage: found.coverage.map(({ institutionId, name, state, asOf, reason, isRequired, gaps }) => ({
      institutionId,
      name,
      state,
      asOf: asOf?.toISOString() ?? null,
      reason: reasonOrNull(reason),
      required: isRequired,
      gaps,
    })),
    accounts: found.accounts,
    analyses: analysesOf(found.documents),
  }
}

/** Each required analyser has its place. One without a row was taken out, with the data of a revoked consent. */
function analysesOf(documents: Found['documents']) {
  const required = analysers.filter((analyser) => analyser.required).map(({ name }) => name)
  const missing = required.map((name) => [name, { document: null, failure: reasonOf('Superseded') }] as const)
  const present = documents.map(
    ({ analyser, document, failure }) => [analyser, { document, failure: reasonOrNull(failure) }] as const,
  )
  return Object.fromEntries([...missing, ...present])
}
