import { z } from 'zod'

import type { RevocationView } from '../../db/revocation-views.ts'
import { REVOCATION_REASONS } from '../../domain/revocation.ts'
import { count, instant, institutionId, number } from './fields.ts'

export const revocationReason = z.enum(REVOCATION_REASONS)

/** How far the end of a consent has come. */
export const revocationAnswer = z
  .strictObject({
    revocationNo: number.meta({ description: 'Counts up from 1, per person.' }),
    institutionId,
    name: z.string().meta({ description: 'Of the institution.' }),
    state: z.enum(['requested', 'running', 'done']).meta({
      description: 'From the first on nothing is read or shown any more; done: the receipt is written.',
    }),
    because: z.enum(['revoked', 'expired', 'withdrawn']).meta({
      description: 'By the person here, by the end of its time, or by the person at the institution.',
    }),
    reason: revocationReason.nullable(),
    requestedAt: instant.meta({ description: 'Since when nothing is read or shown any more.' }),
    institution: z.strictObject({
      answer: z.enum(['confirmed', 'nothing_to_revoke', 'unconfirmed']).nullable().meta({
        description: 'unconfirmed: it did not answer within the time limit; null: it is still being asked.',
      }),
      answeredAt: instant.nullable(),
      tries: count,
    }),
    deletion: z.strictObject({
      asked: z.boolean(),
      rows: z.record(z.string(), count).meta({ description: 'How many rows are deleted so far, by table.' }),
      deletedAt: instant.nullable(),
    }),
    remainder: z.strictObject({
      snapshotNo: number.nullable().meta({ description: 'The snapshot that shows what remains.' }),
    }),
    receipt: z.string().nullable().meta({
      description:
        'Signed (JWS, EdDSA); verify it with the keys at /.well-known/receipt-keys.json. Null until done.',
    }),
    receiptAt: instant.nullable(),
    url: z.string(),
  })
  .meta({ id: 'Revocation', description: 'The end of a consent, and what has been done about it.' })

export const revocationPath = (revocationNo: number): string => `/v1/me/revocations/${revocationNo}`

export const revocationOf = (view: RevocationView): z.infer<typeof revocationAnswer> => ({
  revocationNo: view.revocationNo,
  institutionId: view.institutionId,
  name: view.name,
  state: view.state,
  because: view.because,
  reason: view.reason,
  requestedAt: view.requestedAt.toISOString(),
  institution: {
    answer: view.answer,
    answeredAt: view.answeredAt?.toISOString() ?? null,
    tries: view.tries,
  },
  deletion: {
    asked: view.withDeletion,
    rows: view.deleted,
    deletedAt: view.deletedAt?.toISOString() ?? null,
  },
  remainder: { snapshotNo: view.snapshotNo },
  receipt: view.receipt,
  receiptAt: view.receiptAt?.toISOString() ?? null,
  url: revocationPath(view.revocationNo),
})

export const revocationExample = {
  revocationNo: 3,
  institutionId: 'SBXBANK002',
  name: '한가람은행',
  state: 'running',
  because: 'revoked',
  reason: 'no_longer_used',
  requestedAt: '2026-11-22T00:31:07.412Z',
  institution: { answer: 'confirmed', answeredAt: '2026-11-22T00:31:08.022Z', tries: 1 },
  deletion: { asked: true, rows: { accounts: 2, balances: 9, transactions: 500 }, deletedAt: null },
  remainder: { snapshotNo: 42 },
  receipt: null,
  receiptAt: null,
  url: '/v1/me/revocations/3',
} satisfies z.infer<typeof revocationAnswer>

export const revocationsAnswer = z
  .strictObject({ revocations: z.array(revocationAnswer) })
  .meta({ id: 'Revocations', description: 'The ends of one’s consents, newest first.' })

/** A key set as RFC 7517 has it; only what anybody may know of a key. */
export const receiptKeysAnswer = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        kid: z.string(),
        alg: z.literal('EdDSA'),
        use: z.literal('sig'),
      }),
    ),
  })
  .meta({ id: 'ReceiptKeys', description: 'The public keys that verify receipts.' })

export const receiptKeysExample = {
  keys: [
    {
      kty: 'OKP',
      crv: 'Ed25519',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      kid: 'receipts-2026',
      alg: 'EdDSA',
      use: 'sig',
    },
  ],
} satisfies z.infer<typeof receiptKeysAnswer>
