import { compactVerify, createLocalJWKSet, decodeProtectedHeader } from 'jose'
import { expect, test } from 'vitest'

import type { ReceiptFacts } from '../db/revocation-receipts.ts'
import { createReceiptSigner } from './receipts.ts'

const facts: ReceiptFacts = {
  userKey: 'user-key',
  revocationNo: 3,
  institutionId: 'BANK000001',
  because: 'revoked',
  reason: null,
  requestedAt: '2026-11-22T00:31:07.412Z',
  institution: { answer: 'confirmed', answeredAt: '2026-11-22T00:31:08.022Z' },
  deletion: { rows: { accounts: 2 }, deletedAt: '2026-11-22T00:31:08.412Z' },
  remainder: { snapshotNo: 42 },
  auditNo: 17,
  issuedAt: '2026-11-22T00:31:09.000Z',
}

test('a receipt is verified by the published key alone, and says what it says', async () => {
  const { publicKey, sign } = await createReceiptSigner(Buffer.alloc(32, 7))
  const receipt = await sign(facts)
  const { payload } = await compactVerify(receipt, createLocalJWKSet({ keys: [publicKey] }))
  expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(facts)
  expect(decodeProtectedHeader(receipt)).toEqual({ alg: 'EdDSA', kid: publicKey.kid, typ: 'moa-receipt' })
  expect(publicKey).not.toHaveProperty('d')
})

test('a receipt that was changed, or signed by another key, is none', async () => {
  const mine = await createReceiptSigner(Buffer.alloc(32, 7))
  const other = await createReceiptSigner(Buffer.alloc(32, 8))
  const keys = createLocalJWKSet({ keys: [mine.publicKey] })
  const [header, , signature] = (await mine.sign(facts)).split('.')
  const [, payload] = (await mine.sign({ ...facts, institutionId: 'BANK000002' })).split('.')
  await expect(compactVerify(`${header}.${payload}.${signature}`, keys)).rejects.toThrow()
  await expect(compactVerify(await other.sign(facts), keys)).rejects.toThrow()
  expect(other.publicKey.kid).not.toBe(mine.publicKey.kid)
})

test('the same key has the same name wherever it is used', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => createReceiptSigner(Buffer.alloc(32, 7))))
  expect(one!.publicKey).toEqual(other!.publicKey)
  expect(await one!.sign(facts)).toBe(await other!.sign(facts))
})
