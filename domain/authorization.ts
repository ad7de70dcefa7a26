import { kstDate, toCompactDate } from './time.ts'

/** Where a person agrees: at one institution, or where many are agreed to at once. */
export type Place = { baseUrl: string } | { integratedUrl: string }

/** What an authorization asks for, in the words of the standard and of RFC 7636. */
export type Authorization = {
  clientId: string
  redirectUri: string
  institutions: readonly { institutionId: string; scope: string }[]
  endsAt: Date
  state: string
  codeChallenge: string
}

/** The address to which an app sends the person; what comes back goes to the redirect URI. */
export function authorizeUrl(place: Place, given: Authorization): string {
  const { institutions, clientId, redirectUri, state, codeChallenge, endsAt } = given
  const ids = institutions.map(({ institutionId }) => institutionId)
  const words = new Set(institutions.flatMap(({ scope }) => scope.split(' ')))
  const whom = 'baseUrl' in place ? { org_code: ids.join() } : { institutions: ids.join(',') }
  const query = new URLSearchParams({
    ...whom,
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: [...words].join(' '),
    end_date: toCompactDate(kstDate(endsAt)),
    state,
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
  })
  const address = 'baseUrl' in place ? `${trimmed(place.baseUrl)}${AUTHORIZE}` : place.integratedUrl
  return `${address}?${query.toString()}`
}

/** Whether an answer that names its issuer (RFC 9207) comes from where the person was sent. */
export function isIssuerOf(issuer: string, place: Place): boolean {
  const own = 'baseUrl' in place ? place.baseUrl : place.integratedUrl.replace(/\/oauth\/.*$/, '')
  return trimmed(issuer) === trimmed(own)
}

const AUTHORIZE = '/oauth/2.0/authorize'

const trimmed = (url: string): string => url.replace(/\/$/, '')
