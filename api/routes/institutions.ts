import { hash } from 'node:crypto'

import { z } from 'zod'

import type { InstitutionHealth } from '../../db/institution-health.ts'
import type { InstitutionList } from '../../db/institution-list.ts'
import { institutionOf, institutionsAnswer, institutionsExample } from '../answers/institutions.ts'
import { isKnown } from '../from-snapshot.ts'
import { answer, defineRoute } from '../route.ts'

export type InstitutionDeps = {
  institutionList: InstitutionList
  /** How all of them fare; whoever asks often shares what was found a moment ago. */
  institutionHealth: InstitutionHealth['look']
}

// As long as a name in a list may be.
const LONGEST_TEXT = 64

const query = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(LONGEST_TEXT)
    .refine((given) => !given.includes('\0'), 'no NUL')
    .transform(folded)
    .optional()
    .meta({
      description: 'Anywhere in the name, whatever the case and the spaces. Nothing in it is a wildcard.',
    }),
  industry: z
    .string()
    .regex(/^[a-z]{1,32}$/, 'an industry was expected')
    .optional()
    .meta({ description: 'Only of this industry.' }),
})

/** For a search box and a page where one connects: whom there is, and whether it is worth trying now. */
export const readInstitutions = defineRoute(
  {
    id: 'readInstitutions',
    method: 'get',
    path: '/v1/institutions',
    section: 'Institutions',
    summary: 'Whom one can connect, and how they fare',
    description:
      'Every institution that can be connected, the person’s own first. How one fares is judged by the latest calls of everybody together, and is `unknown` as long as these are few. It asks no institution anything, and is as of a few seconds ago.',
    access: 'member',
    query,
    isConditional: true,
    answers: { 200: { says: 'The institutions.', schema: institutionsAnswer, example: institutionsExample } },
    problems: [],
  },
  ({ institutionList, institutionHealth }: InstitutionDeps) =>
    async ({ query: { text, industry }, userId, request, response }) => {
      const [listed, health] = await Promise.all([institutionList.list(userId()), institutionHealth()])
      const wanted = listed.filter(
        (one) =>
          (industry === undefined || one.industry === industry) &&
          (text === undefined || folded(one.name).includes(text)),
      )
      const body = {
        institutions: wanted.map((one) => institutionOf(one, health.get(one.institutionId))),
      }
      const etag = `"${hash('sha256', JSON.stringify(body), 'base64url').slice(0, 22)}"`
      response.set({ etag, 'cache-control': 'private, no-cache', vary: 'Authorization' })
      if (!isKnown(request.get('if-none-match'), etag)) return answer(200, body)
      response.status(304).end()
      return 'written'
    },
)

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll(/\s/g, '')
}
