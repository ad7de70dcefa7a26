import type { ConsentRequest } from './consent-request.ts'
import { forgetOldest } from './forget-oldest.ts'
import type { Tokens } from './tokens.ts'

export type Logins = ReturnType<typeof createLogins>

const LOGIN_SECONDS = 600
/** Pages that nobody answered, about 1 KB each; the oldest goes. */
const MAX_LOGINS = 1000

/** Consent pages that wait for an answer: ten minutes, once. A restart forgets them: the person begins anew. */
export function createLogins(tokens: Tokens, seconds: () => number) {
  const waiting = new Map<string, { request: ConsentRequest; expires: number }>()
  let opened = 0
  const find = (session: string): ConsentRequest | undefined => {
    const held = waiting.get(session)
    return held && held.expires > seconds() ? held.request : undefined
  }
  return {
    find,
    /** The session under which the page is answered. */
    open: (request: ConsentRequest): string => {
      opened += 1
      // With the time in it, a page from before a restart does not answer another person's.
      const session = tokens.mac(`login ${opened} ${Date.now()}`)
      waiting.set(session, { request, expires: seconds() + LOGIN_SECONDS })
      if (waiting.size > MAX_LOGINS) forgetOldest(waiting)
      return session
    },
    close: (session: string): void => void waiting.delete(session),
  }
}
