import { challengeOf } from './codes.ts'
import { DEFAULT_CLIENT } from './create-world.ts'
import { DEFAULT_REDIRECT_URIS } from './redirect-uris.ts'
import type { Sandbox } from './server.ts'

/** For tests: an app that asks for consents as a browser would carry it about. */
export const [REDIRECT, OTHER_REDIRECT] = DEFAULT_REDIRECT_URIS
export const VERIFIER = 'v'.repeat(43)
export const STATE = 'state-of-forty-characters-at-most-1234567'.slice(0, 40)

export type Asked = {
  status: number
  headers: Headers
  text: string
  location: string | null
  /** What the callback was told. */
  back: Record<string, string>
}
type Changes = Readonly<Record<string, string | null>>

/** The query of a good request; null leaves a parameter out. */
export function queryOf(changes: Changes): string {
  const all: Changes = {
    response_type: 'code',
    client_id: DEFAULT_CLIENT.id,
    redirect_uri: REDIRECT,
    state: STATE,
    code_challenge: challengeOf(VERIFIER),
    code_challenge_method: 'S256',
    ...changes,
  }
  const sent = Object.entries(all).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  )
  return new URLSearchParams(Object.fromEntries(sent)).toString()
}

export function askForConsent(
  { url }: Sandbox,
  changes: Changes = {},
  { place = 'SBXBANK001', headers = {} }: { place?: string; headers?: Record<string, string> } = {},
): Promise<Asked> {
  return visit(`${url}/${place}/oauth/2.0/authorize?${queryOf(changes)}`, { headers })
}

/** What came back, redirects not followed. */
export async function visit(address: string, init: RequestInit = {}): Promise<Asked> {
  const reply = await fetch(address, { ...init, redirect: 'manual' })
  const { status, headers } = reply
  const location = headers.get('location')
  const back = location === null ? {} : Object.fromEntries(new URL(location).searchParams)
  return { status, headers, text: await reply.text(), location, back }
}

/** The code a person gives who agrees at once. */
export async function agreedBy(
  sandbox: Sandbox,
  person: string,
  changes: Changes = {},
  place = 'SBXBANK001',
): Promise<{ code: string }> {
  const { back, status } = await askForConsent(
    sandbox,
    { prompt: 'none', login_hint: person, ...changes },
    { place },
  )
  if (back['code'] === undefined) throw new Error(`expected a code, got ${status} ${back['error']}`)
  return { code: back['code'] }
}

export function codeGrant(code: string) {
  return { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: VERIFIER }
}

export function refreshGrant(refreshToken: string) {
  return { grant_type: 'refresh_token', refresh_token: refreshToken }
}
