import { createPrivateKey, createPublicKey } from 'node:crypto'

import { calculateJwkThumbprint, CompactSign } from 'jose'

import type { ReceiptKey } from '../db/receipt-keys.ts'
import type { ReceiptFacts } from '../db/revocation-receipts.ts'

// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410 §7).
const BEFORE_KEY = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Signs receipts with an Ed25519 key, given as its 32 bytes; a receipt names the key by its thumbprint (RFC 7638). */
export async function createReceiptSigner(bytes: Buffer) {
  const key = createPrivateKey({ key: Buffer.concat([BEFORE_KEY, bytes]), format: 'der', type: 'pkcs8' })
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  const point = { kty: 'OKP', crv: 'Ed25519', x: String(x) } as const
  const kid = await calculateJwkThumbprint(point)
  const publicKey: ReceiptKey = { ...point, kid, alg: 'EdDSA', use: 'sig' }

  const sign = (facts: ReceiptFacts): Promise<string> =>
    new CompactSign(new TextEncoder().encode(JSON.stringify(facts)))
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'moa-receipt' })
      .sign(key)

  return { publicKey, sign }
}

export type ReceiptSigner = Awaited<ReturnType<typeof createReceiptSigner>>
