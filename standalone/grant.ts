import { z } from 'zod'

/** Asks the API as the person whose token it holds. */
export type AskApi = (
  path: string,
  init: { method: string; body: string; headers: object },
) => Promise<Response>

const begun = z.object({ authorizeUrl: z.url() })
// A login page that is not answered at once is a mistake of ours.
const SANDBOX_LIMIT_MS = 10_000

/**
 * A whole authorization at the sandbox, without a browser: asks for it, agrees there at once as this person (or refuses),
 * and brings what came back. Answers what the API made of it.
 */
export async function grantInSandbox(
  ask: AskApi,
  person: string,
  wish: { institutions: readonly { institutionId: string; scope?: string }[]; cycleDays?: number },
  decision: 'agree' | 'refuse' = 'agree',
): Promise<unknown> {
  const { authorizeUrl } = begun.parse(await answered(await post(ask, '/v1/me/consents', wish)))
  const callback = await agree(authorizeUrl, person, decision)
  return answered(await post(ask, '/v1/me/consents/callback', callback))
}

const post = (ask: AskApi, path: string, body: unknown) =>
  ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** What the sandbox gives a program that says whom it speaks for: the address a browser would be sent to. */
async function agree(authorizeUrl: string, person: string, decision: string) {
  const url = new URL(authorizeUrl)
  url.searchParams.set('prompt', 'none')
  url.searchParams.set('login_hint', person)
  if (decision === 'refuse') url.searchParams.set('answer', 'refuse')
  const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(SANDBOX_LIMIT_MS) })
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`the sandbox answered ${answer.status}, and leads nowhere`)
  const { state, code, error, iss } = Object.fromEntries(new URL(location).searchParams)
  return { state, ...(code === undefined ? { error } : { code }), ...(iss === undefined ? {} : { iss }) }
}

async function answered(answer: Response): Promise<unknown> {
  if (answer.ok) return answer.json()
  throw new Error(`the API answered ${answer.status} ${await answer.text()}`)
}
