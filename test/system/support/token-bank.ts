import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'

import { type Asked, say, startInstitution } from '../../../connectors/test-institution.ts'

export type Rotation = 'none' | 'strict' | 'grace'

/** What a bank gave at one time; `issue` counts what it ever gave. */
export type Pair = { issue: number; accessToken: string; refreshToken: string }

export type Grant = { code: string } | { refreshToken: string }

/**
 * How a bank gives tokens for one consent. none: the refresh token lives on. strict: a new one takes its place, and an older
 * one shown again ends the series. grace: the one before works until the new one was used.
 */
export function createSeries(name: string, rotation: Rotation) {
  const salt = randomBytes(4).toString('hex')
  const code = `code-${name}-${salt}`
  const pairs: Pair[] = []
  let isDead = false
  let isCodeUsed = false
  let liveFrom = 1
  let used = -1

  function give(): Pair {
    const issue = pairs.length + 1
    const refreshNo = rotation === 'none' ? 1 : issue
    const pair = {
      issue,
      accessToken: `access-${name}-${salt}-${issue}`,
      refreshToken: `refresh-${name}-${salt}-${refreshNo}`,
    }
    pairs.push(pair)
    return pair
  }

  /** Null: refused. */
  function ask(grant: Grant): Pair | null {
    if (isDead) return null
    if ('code' in grant) {
      if (grant.code !== code || isCodeUsed) return null
      isCodeUsed = true
      return give()
    }
    const shown = pairs.findLastIndex(({ refreshToken }) => refreshToken === grant.refreshToken)
    if (shown < 0) return null
    const isCurrent = rotation === 'none' || shown === pairs.length - 1
    const isGrace = rotation === 'grace' && shown >= used
    if (!isCurrent && !isGrace) {
      isDead = true
      return null
    }
    used = shown
    return give()
  }

  const accepts = (accessToken: string): boolean =>
    !isDead && pairs.some((pair) => pair.accessToken === accessToken && pair.issue >= liveFrom)

  return {
    code,
    pairs,
    first: give,
    ask,
    accepts,
    /** From now on what was given so far is refused; what is given next is not. */
    expire: () => {
      liveFrom = pairs.length + 1
    },
    end: () => {
      isDead = true
    },
  }
}

export type Series = ReturnType<typeof createSeries>

/** A bank over HTTP for one person's consent: its token address, and one API that wants a token. */
export async function startTokenBank(rotation: Rotation) {
  const series = createSeries('http', rotation)
  let before: (asked: Asked, response: ServerResponse) => Promise<boolean> = async () => true
  const bank = await startInstitution((asked, response) => {
    void before(asked, response).then((goesOn) => goesOn && answer(asked, response))
  })

  function answer(asked: Asked, response: ServerResponse): void {
    const { params } = asked
    if (asked.path === '/oauth/2.0/revoke') return say(asked, response, { rsp_code: '00000', rsp_msg: 'ok' })
    if (asked.path !== '/oauth/2.0/token') return answerData(asked, response)
    const grant =
      params['grant_type'] === 'authorization_code'
        ? { code: params['code'] ?? '' }
        : { refreshToken: params['refresh_token'] ?? '' }
    const pair = series.ask(grant)
    if (!pair) return say(asked, response, { error: 'invalid_grant' }, 400)
    const { accessToken, refreshToken } = pair
    const rotated = rotation === 'none' && 'refreshToken' in grant ? {} : { refresh_token: refreshToken }
    say(asked, response, { token_type: 'Bearer', access_token: accessToken, expires_in: '3600', ...rotated })
  }

  function answerData(asked: Asked, response: ServerResponse): void {
    const token = asked.headers['authorization']?.replace('Bearer ', '') ?? ''
    if (series.accepts(token)) say(asked, response, { rsp_code: '00000', rsp_msg: 'ok' })
    else say(asked, response, { rsp_code: '40101', rsp_msg: 'refused' }, 401)
  }

  return {
    ...bank,
    series,
    /** What happens before an answer; false: it has been given there, or never will be. */
    first: (does: typeof before) => {
      before = does
    },
    tokenCalls: () => bank.calls.filter(({ path }) => path === '/oauth/2.0/token'),
    revoked: () =>
      bank.calls.filter(({ path }) => path === '/oauth/2.0/revoke').map(({ params }) => params['token']),
  }
}

export type TokenBank = Awaited<ReturnType<typeof startTokenBank>>
