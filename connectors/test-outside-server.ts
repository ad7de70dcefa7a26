import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { type ClientMetadata, Provider } from 'oidc-provider'

import type { Institution } from './connector.ts'
import type { OAuthServer } from './token.ts'

export const REDIRECT_URI = 'https://moa.example/back'

const CLIENT = {
  client_id: 'moa',
  client_secret: 'a secret of ours',
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_post',
} satisfies ClientMetadata

/** Where its token calls are; it knows nothing of the standard. */
export const OUTSIDE_SERVER: OAuthServer = {
  tokenPath: '/token',
  revokePath: '/token/revocation',
  speaks: 'rfc6749',
}

/** For tests: an authorization server of other people, whose visitor logs in as anyone and agrees to everything. */
export async function startOutsideServer() {
  const rules = { rotates: true }
  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const provider = createProvider(issuer, rules)
  const answer = provider.callback()

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/interaction/')) await agree(provider, request, response)
    else await answer(request, response)
  }

  const institution: Institution = { institutionId: 'OUTSIDE001', name: 'Outside', baseUrl: issuer }
  return {
    issuer,
    rules,
    institution,
    client: { clientId: CLIENT.client_id, clientSecret: CLIENT.client_secret },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function createProvider(issuer: string, rules: { rotates: boolean }): Provider {
  return new Provider(issuer, {
    clients: [CLIENT],
    scopes: ['bank.list', 'bank.deposit'],
    cookies: { keys: ['of a test'] },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
    },
    pkce: { required: () => true },
    issueRefreshToken: async () => true,
    rotateRefreshToken: () => rules.rotates,
    findAccount: async (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 3600,
      Interaction: 60,
      RefreshToken: 3600,
      Session: 60,
    },
  })
}

/** Logs in, and agrees to what was asked. */
async function agree(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params } = await provider.interactionDetails(request, response)
  const grant = new provider.Grant({ accountId: 'minji', clientId: CLIENT.client_id })
  grant.addOIDCScope(String(params['scope']))
  const consent = { grantId: await grant.save() }
  await provider.interactionFinished(request, response, { login: { accountId: 'minji' }, consent })
}

/** What a browser does with such an address: it follows, and keeps cookies, until it is led away; to where. */
export async function follow(address: string, issuer: string): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = new URL(address)
  for (let steps = 0; url.origin === issuer && steps < 10; steps += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null)
      throw new Error(`the server stopped with ${response.status}: ${await response.text()}`)
    url = new URL(location, url)
  }
  return url
}
