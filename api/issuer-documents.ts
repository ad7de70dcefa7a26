import { z } from 'zod'

// A set of ten RSA keys with their certificates has some 40 KB; what is larger is something else.
const LARGEST_DOCUMENT = 256 * 1024
const FETCH_LIMIT_MS = 5_000

/** One JSON document of the issuer's: no redirects, a deadline for all of it, and no more than is reasonable. */
export async function fetchDocument(address: string): Promise<unknown> {
  const deadline = new AbortController()
  const timer = setTimeout(
    () => deadline.abort(new Error('the issuer took too long: timeout')),
    FETCH_LIMIT_MS,
  )
  try {
    return JSON.parse(await read(address, deadline.signal))
  } finally {
    clearTimeout(timer)
  }
}

async function read(address: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(address, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'error',
    signal,
  })
  if (answer.status !== 200 || answer.body === null) {
    await answer.body?.cancel()
    throw new Error(`the issuer answered ${answer.status}`)
  }
  const reader = answer.body.getReader()
  // Not left to fetch: once nobody holds its request any more, Node 20 collects it, and an abort does not reach the body.
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    let text = ''
    const decoder = new TextDecoder()
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), over])
      if (done) return text
      text += decoder.decode(value, { stream: true })
      if (text.length > LARGEST_DOCUMENT)
        throw new Error('the issuer sent more than a document of its keys has')
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

/** What OpenID Connect Discovery says of an issuer, as far as it is of use here. */
const discovered = z.object({ issuer: z.string(), jwks_uri: z.url() })

/**
 * Where an issuer says that its keys are. A document that names another issuer speaks for that one, and one that leads
 * away from TLS is not followed.
 */
export async function discoverKeys(issuer: string): Promise<string> {
  const { issuer: named, jwks_uri: address } = discovered.parse(
    await fetchDocument(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`),
  )
  if (named !== issuer) throw new Error('the discovery document is another issuer’s')
  if (new URL(address).protocol !== new URL(issuer).protocol) throw new Error('the keys are served otherwise')
  return address
}
