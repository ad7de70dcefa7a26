import { exportJWK, generateKeyPair, SignJWT } from 'jose'

import type { Verb } from '../../../domain/orders.ts'
import type { TestMoa } from '../moa.ts'
import type { EnginePlace } from './engine.ts'
import { startProcess } from './processes.ts'

const READY = '"operator is ready"'
const ISSUER = 'https://test'

/** The real operator listener in a process of its own, and what asks it as an operator of that name. */
export async function startOperatorListener(moa: TestMoa, engine: EnginePlace) {
  const keys = await generateKeyPair('EdDSA', { extractable: true })
  const key = { ...(await exportJWK(keys.publicKey)), alg: 'EdDSA', use: 'sig', kid: 'test' }
  const listener = await startProcess('api/operator/main.ts', READY, {
    OPERATOR_DATABASE_URL: moa.test.urlOf('moa_operator'),
    OPERATOR_PORT: '0',
    AUTH_ISSUER: ISSUER,
    AUTH_JWKS: JSON.stringify({ keys: [key] }),
    TEMPORAL_ADDRESS: engine.address,
    TEMPORAL_NAMESPACE: engine.namespace,
    TEMPORAL_UI_URL: 'http://ui.example',
  })
  const { port } = JSON.parse(listener.lines.find((line) => line.includes(READY))!) as { port: number }
  const token = await new SignJWT({ roles: ['operator'] })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
    .setIssuer(ISSUER)
    .setAudience('moa-operator')
    .setSubject('kim')
    .setExpirationTime('1 hour')
    .sign(keys.privateKey)

  const ask = (path: string, body?: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/v1/operator${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    })

  return {
    ...listener,
    ask,
    /** An order, and what came of it. */
    order: async (
      { userKey, refreshNo }: { userKey: string; refreshNo: number },
      verb: Verb,
      institutions?: readonly string[],
    ) => {
      const given = { why: `a test of ${verb}`, ...(institutions ? { institutions } : {}) }
      const answer = await ask(`/refreshes/${userKey}/${refreshNo}/${verb}`, given)
      return { status: answer.status, body: (await answer.json()) as Ordered }
    },
  }
}

export type OperatorListener = Awaited<ReturnType<typeof startOperatorListener>>

/** What an order or its refusal says. */
type Ordered = { changed?: boolean; because?: string; state: string }
