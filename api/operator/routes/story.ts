import { Router } from 'express'
import { z } from 'zod'

import { isShortened, type OperatorStory, type RefreshStory } from '../../../db/operator-story.ts'
import { checked } from '../../checked.ts'
import { onlyMethods } from '../../problem-answers.ts'
import { RequestProblem } from '../../problems.ts'
import type { storyAnswer } from '../answers.ts'
import { refreshNo, userKey } from '../parameters.ts'
import { storyText } from '../story/text.ts'
import { timelineOf } from '../story/timeline.ts'
import { blameOf, wordsOf } from '../story/words.ts'

export type StoryDeps = {
  story: OperatorStory
  /** The address of a run in Temporal's Web UI; null where there is none. */
  traceOf: (run: { workflowId: string; runId: string | null }) => string | null
}

export const refreshPath = z.strictObject({ userKey, refreshNo })
export const storyQuery = z.strictObject({ format: z.enum(['json', 'text']).default('json') })

/** GET /v1/operator/refreshes/{userKey}/{refreshNo}: how one refresh came to be as it is; also as text for a terminal. */
export function storyRoutes({ story, traceOf }: StoryDeps): Router {
  const router = Router()
  router
    .route('/refreshes/:userKey/:refreshNo')
    .get(async (request, response) => {
      const { format } = checked(storyQuery, request.query)
      const path = refreshPath.safeParse(request.params)
      const found = path.success ? await story.of(path.data.userKey, path.data.refreshNo) : null
      if (!found) throw new RequestProblem('NotFound')
      const trace = traceOf(found.refresh)
      if (format === 'text') response.type('text/plain; charset=utf-8').send(storyText(found, trace))
      else response.json(answerOf(found, trace))
    })
    .all(onlyMethods('GET, HEAD'))
  return router
}

const answerOf = (found: RefreshStory, trace: string | null): z.infer<typeof storyAnswer> => ({
  now: found.now,
  refresh: { ...found.refresh, trace },
  institutions: found.plan.map((row) => ({
    ...row,
    blame: row.failure === null ? null : blameOf(row.failure),
  })),
  timeline: timelineOf(found).map((entry) => ({
    ...entry,
    words: wordsOf(entry, found.now),
    isAhead: entry.at > found.now,
  })),
  isShortened: isShortened(found),
})
