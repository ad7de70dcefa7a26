import { z } from 'zod'

import type { RefreshProgress } from '../../db/refresh-progress.ts'
import { MOST_NUMBER } from '../answers/fields.ts'
import { refreshAnswer, refreshExample, refreshOf } from '../answers/refreshes.ts'
import { RequestProblem } from '../problems.ts'
import { answer, defineRoute } from '../route.ts'

export type RefreshDeps = { progress: RefreshProgress }

/** A refresh is named by its number; an address with anything else in that place does not exist. */
export const refreshParams = z.strictObject({
  refreshNo: z
    .string()
    .regex(/^[1-9]\d{0,9}$/)
    .transform(Number)
    .pipe(z.int().max(MOST_NUMBER))
    .meta({
      description: 'As the event that started or joined it was answered.',
      onTheWire: { type: 'integer', minimum: 1, maximum: MOST_NUMBER },
    }),
})

/** How a refresh of one's own stands. A number that is nobody's and another's are alike. */
export const readRefresh = defineRoute(
  {
    id: 'readRefresh',
    method: 'get',
    path: '/v1/me/refreshes/{refreshNo}',
    section: 'Refreshes',
    summary: 'How a refresh stands',
    description:
      'How each institution stands, and how the refresh ended. Of an institution that waits, it says for what: its next try, or somebody who must act.',
    access: 'member',
    params: refreshParams,
    answers: { 200: { says: 'The refresh.', schema: refreshAnswer, example: refreshExample } },
    problems: ['NotFound'],
  },
  ({ progress }: RefreshDeps) =>
    async ({ params, userId }) => {
      const found = await progress.of(userId(), params.refreshNo)
      if (!found) throw new RequestProblem('NotFound')
      return answer(200, refreshOf(found))
    },
)
