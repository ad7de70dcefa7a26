/** The operator's API, with the token of this tab: closing the tab forgets it. */

const TOKEN = 'moa-operator-token'

export const hasToken = () => sessionStorage.getItem(TOKEN) !== null
export const keepToken = (token) => sessionStorage.setItem(TOKEN, token.trim())
export const forgetToken = () => sessionStorage.removeItem(TOKEN)

/** What the token says of its bearer, for the screen alone: the server judges it. */
export function bearer() {
  try {
    const [, claims] = (sessionStorage.getItem(TOKEN) ?? '').split('.')
    const bytes = Uint8Array.from(atob(claims.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    )
    const { sub, roles } = JSON.parse(new TextDecoder().decode(bytes))
    return { name: String(sub), mayAct: Array.isArray(roles) && roles.includes('operator') }
  } catch {
    return { name: 'unknown', mayAct: false }
  }
}

/** A refusal, in the words of the problem that the server answered. */
export class Refused extends Error {
  constructor(problem, status) {
    super(problem.detail ?? `the server answered ${status}`)
    this.status = status
    this.problem = problem
  }
}

export const look = (path, query = {}) => ask(`${path}${queryOf(query)}`)

export const act = (path, body) =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

// The server gives up on a statement after ten seconds.
const ANSWER_LIMIT_MS = 15_000

async function ask(path, { headers, ...init } = {}) {
  const authorization = `Bearer ${sessionStorage.getItem(TOKEN)}`
  const answer = await fetch(`/v1/operator${path}`, {
    ...init,
    headers: { ...headers, authorization },
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  })
  const document = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Refused(document, answer.status)
  return document
}

function queryOf(query) {
  const given = Object.entries(query).filter(
    ([, value]) => value !== '' && value !== null && value !== undefined,
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}
