import { describe, expect, test } from 'vitest'

import { createClaimsVerifier, createTokenVerifier } from '../auth.ts'
import { AUDIENCE, ISSUER, makeIssuer } from '../make-tokens.ts'
import { startOperator } from './make-operator.ts'

const OVERVIEW = '/v1/operator/overview'
const OURS = 'moa-operator'

const issuer = await makeIssuer()
const verify = createClaimsVerifier({ issuer: ISSUER, audience: OURS, jwks: issuer.jwks })

test.each(['operator', 'viewer'])('a token with the role %s may look', async (role) => {
  const { ask } = await startOperator({ verify })
  const token = await issuer.token({ aud: OURS, roles: [role] })
  expect((await ask(OVERVIEW, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
})

describe('refused is', () => {
  test.each<[string, Record<string, unknown>]>([
    ['no role', {}],
    ['another role', { roles: ['operators', 'admin'] }],
    ['a role that is a word and no list', { roles: 'operator' }],
    ['a role within a role', { roles: [['operator']] }],
  ])('%s', async (_, claims) => {
    const { ask } = await startOperator({ verify })
    const token = await issuer.token({ aud: OURS, ...claims })
    const answer = await ask(OVERVIEW, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ type: '/problems/NotAnOperator' })
  })

  test('a user’s token, whatever roles it names', async () => {
    const { ask } = await startOperator({ verify })
    const token = await issuer.token({ roles: ['operator'] })
    expect((await ask(OVERVIEW, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
  })

  test('an operator’s token where users are served', async () => {
    const ofUsers = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: issuer.jwks })
    const token = await issuer.token({ aud: OURS, roles: ['operator'] })
    await expect(ofUsers(token)).rejects.toMatchObject({ type: 'Unauthenticated' })
  })

  test('everyone without a token, at every address but those that say whether the process lives', async () => {
    const { url } = await startOperator()
    for (const path of ['/overview', '/refreshes', '/refreshes/key/1', '/audit', '/nothing']) {
      expect((await fetch(`${url}/v1/operator${path}`)).status).toBe(401)
      expect((await fetch(`${url}/v1/operator${path}?access_token=operator`)).status).toBe(401)
    }
    for (const path of ['/healthz', '/readyz']) expect((await fetch(`${url}${path}`)).status).toBe(200)
  })
})
