import { Router } from 'express'
import { z } from 'zod'

import type { AuditEntry, OperatorAudit } from '../../../db/operator-audit.ts'
import { SUBJECT } from '../../auth.ts'
import { checked } from '../../checked.ts'
import { onlyMethods } from '../../problem-answers.ts'
import type { auditAnswer } from '../answers.ts'
import { institutionId, limit, userKey } from '../parameters.ts'

export type AuditDeps = { audit: OperatorAudit }

export const auditQuery = z.strictObject({
  userKey: userKey.optional(),
  institution: institutionId.optional(),
  actor: z.string().regex(SUBJECT, 'the subject of an operator was expected').optional(),
  action: z
    .string()
    .regex(/^[a-z_.]{1,64}$/, 'the name of an action was expected')
    .optional(),
  // Rows are counted from 1; fifteen digits are still exact.
  cursor: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'a cursor from nextCursor was expected')
    .transform(Number)
    .optional(),
  limit,
})

/** GET /v1/operator/audit: who did what to whose refresh, and why; newest first. */
export function auditRoutes({ audit }: AuditDeps): Router {
  const router = Router()
  router
    .route('/audit')
    .get(async (request, response) => {
      const query = checked(auditQuery, request.query)
      const filter = {
        userKey: query.userKey ?? null,
        institutionId: query.institution ?? null,
        actor: query.actor ?? null,
        action: query.action ?? null,
      }
      const found = await audit.list(filter, query.limit + 1, query.cursor ?? null)
      response.json(pageOf(found, query.limit))
    })
    .all(onlyMethods('GET, HEAD'))
  return router
}

function pageOf(found: readonly AuditEntry[], most: number): z.infer<typeof auditAnswer> {
  const shown = found.slice(0, most)
  const last = found.length > most ? shown.at(-1) : undefined
  return {
    entries: shown.map((entry) => ({ ...entry, at: entry.at.toISOString() })),
    nextCursor: last ? String(last.auditNo) : null,
  }
}
