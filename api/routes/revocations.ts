import { z } from 'zod'

import type { ReceiptKeys } from '../../db/receipt-keys.ts'
import type { Revocations } from '../../db/revocations.ts'
import { institutionId, MOST_NUMBER } from '../answers/fields.ts'
import {
  receiptKeysAnswer,
  receiptKeysExample,
  revocationAnswer,
  revocationExample,
  revocationOf,
  revocationPath,
  revocationReason,
  revocationsAnswer,
} from '../answers/revocations.ts'
import type { Announcer } from '../events/announce.ts'
import { RequestProblem } from '../problems.ts'
import { answer, defineRoute } from '../route.ts'

export type RevocationDeps = {
  revocations: Revocations
  receiptKeys: Pick<ReceiptKeys, 'all'>
  announceRevocation: Announcer['announceRevocation']
  failpoint: (name: string) => Promise<void>
}

const wish = z
  .strictObject({
    deletion: z.boolean('whether what was read is to be deleted').meta({
      description:
        'Withdrawing is not deleting. Either way nothing of the institution is read or shown from now on; with true what was read of it is deleted for good.',
    }),
    reason: revocationReason.nullish(),
  })
  .meta({ id: 'RevocationWish', description: 'What is to become of what was read.' })

/** One transaction ends the consent; what follows from it needs nobody who waits. */
export const revokeConsent = defineRoute(
  {
    id: 'revokeConsent',
    method: 'post',
    path: '/v1/me/consents/{institutionId}/revocation',
    section: 'Revocations',
    summary: 'End a consent',
    description:
      'From the answer on no call to the institution goes out later than a second after, and no read shows anything of it. It is then told, what was read is deleted if that was asked, what remains is published anew, and a signed receipt says what was done. Asked again, it answers with the same revocation; a deletion may be asked for later. It needs neither the engine nor the institution.',
    access: 'member',
    params: z.strictObject({
      institutionId: institutionId.meta({ description: 'Whose consent ends.' }),
    }),
    body: { schema: wish, example: { deletion: true, reason: 'no_longer_used' } },
    answers: {
      202: {
        says: 'The consent has ended; what is done about it.',
        schema: revocationAnswer,
        example: revocationExample,
        headers: { Location: 'The revocation.' },
      },
    },
    problems: ['NotFound'],
  },
  ({ revocations, announceRevocation, failpoint }: RevocationDeps) =>
    async ({ params, body, userId }) => {
      const id = userId()
      const { deletion, reason = null } = body
      const revoked = await revocations.request(id, params.institutionId, { deletion, reason })
      if (!revoked) throw new RequestProblem('NotFound')
      await failpoint('revocation.fenced')
      announceRevocation(id, revoked)
      const { revocation } = revoked
      return answer(202, revocationOf(revocation), { location: revocationPath(revocation.revocationNo) })
    },
)

export const readRevocations = defineRoute(
  {
    id: 'readRevocations',
    method: 'get',
    path: '/v1/me/revocations',
    section: 'Revocations',
    summary: 'The ends of one’s consents',
    description: 'Whatever ended them, newest first; the newest two hundred.',
    access: 'member',
    answers: {
      200: {
        says: 'The revocations.',
        schema: revocationsAnswer,
        example: { revocations: [revocationExample] },
      },
    },
    problems: [],
  },
  ({ revocations }: RevocationDeps) =>
    async ({ userId }) =>
      answer(200, { revocations: (await revocations.list(userId())).map(revocationOf) }),
)

/** A number that is nobody's and another's are alike. */
export const readRevocation = defineRoute(
  {
    id: 'readRevocation',
    method: 'get',
    path: '/v1/me/revocations/{revocationNo}',
    section: 'Revocations',
    summary: 'How far a revocation has come',
    description: 'What the institution said, what is deleted, what shows the remainder, and the receipt.',
    access: 'member',
    params: z.strictObject({
      revocationNo: z
        .string()
        .regex(/^[1-9]\d{0,9}$/)
        .transform(Number)
        .pipe(z.int().max(MOST_NUMBER))
        .meta({
          description: 'As the revocation was answered.',
          onTheWire: { type: 'integer', minimum: 1, maximum: MOST_NUMBER },
        }),
    }),
    answers: { 200: { says: 'The revocation.', schema: revocationAnswer, example: revocationExample } },
    problems: ['NotFound'],
  },
  ({ revocations }: RevocationDeps) =>
    async ({ params, userId }) => {
      const found = await revocations.of(userId(), params.revocationNo)
      if (!found) throw new RequestProblem('NotFound')
      return answer(200, revocationOf(found))
    },
)

/** Whoever holds a receipt can verify it, years later as well: keys that sign no more stay here. */
export const readReceiptKeys = defineRoute(
  {
    id: 'readReceiptKeys',
    method: 'get',
    path: '/.well-known/receipt-keys.json',
    section: 'Revocations',
    summary: 'The keys that verify receipts',
    description: 'A JSON Web Key Set. A receipt names its key by `kid`.',
    access: 'anyone',
    answers: {
      200: {
        says: 'The public keys.',
        schema: receiptKeysAnswer,
        example: receiptKeysExample,
      },
    },
    problems: [],
  },
  ({ receiptKeys }: RevocationDeps) =>
    async () =>
      answer(200, {
        keys: (await receiptKeys.all()).map((key) => receiptKeysAnswer.shape.keys.element.parse(key)),
      }),
)
