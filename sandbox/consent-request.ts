import { FULL_SCOPES, type Grant } from './consents.ts'
import type { Institution } from './institutions.ts'
import { addMonths, dayFrom, dayOf, dayText } from './kst.ts'
import { grantOf } from './subjects.ts'
import type { World } from './world.ts'

/** Where a consent is asked for: at one institution, or at the place that asks for many. */
export type Place = { placeId: string; institution: Institution | undefined }
/** Whom to tell how it ended; only an address that is registered. */
export type Callback = { clientId: string; redirectUri: string; state: string | undefined }
/** What a client asks a person for. */
export type ConsentRequest = Callback & {
  place: Place
  grants: [institutionId: string, grant: Grant][]
  challenge: string | undefined
  /** Who it must be, if the client said so. */
  ci: string | undefined
  loginHint: string
}
/** A query, and the names that came more than once. */
export type Query = { values: Readonly<Record<string, string>>; doubled: readonly string[] }

/** A request whose answer goes back to the client by the callback. */
export class ConsentRefusal extends Error {
  override readonly name = 'ConsentRefusal'
  readonly error: string
  readonly description: string
  constructor(error: string, description: string) {
    super(error)
    this.error = error
    this.description = description
  }
}

/** An institution of the standard takes at most so many characters of state. */
export const MAX_STATE = 40
/** A hundred at once: more than all institutions of the sandbox. */
const MAX_AT_ONCE = 100
/** The longest consent of MyData 2.0: five years. */
const MAX_MONTHS = 60

export function readQuery(url: URL): Query {
  const names = [...url.searchParams.keys()]
  return {
    values: Object.fromEntries(url.searchParams),
    doubled: names.filter((name, at) => names.indexOf(name) !== at),
  }
}

/** The callback, or which parameter makes it one that must not be trusted. */
export function readCallback(world: World, { values, doubled }: Query): Callback | string {
  const { client_id: clientId, redirect_uri: redirectUri, state } = values
  if (clientId !== world.client.id || doubled.includes('client_id')) return 'client_id'
  if (redirectUri === undefined || doubled.includes('redirect_uri')) return 'redirect_uri'
  if (!world.client.redirectUris.includes(redirectUri)) return 'redirect_uri'
  return { clientId, redirectUri, state: isState(state) && !doubled.includes('state') ? state : undefined }
}

/** Reads the rest of a request, or refuses it with the errors of RFC 6749. */
export function readConsentRequest(
  world: World,
  place: Place,
  { values, doubled }: Query,
  callback: Callback,
): Omit<ConsentRequest, 'ci'> {
  if (doubled[0] !== undefined) throw new ConsentRefusal('invalid_request', doubled[0])
  if (values['response_type'] === undefined) throw new ConsentRefusal('invalid_request', 'response_type')
  if (values['response_type'] !== 'code')
    throw new ConsentRefusal('unsupported_response_type', 'response_type')
  if (callback.state === undefined) throw new ConsentRefusal('invalid_request', 'state')
  const orgCode = values['org_code']
  if (place.institution && orgCode !== undefined && orgCode !== place.institution.institutionId)
    throw new ConsentRefusal('invalid_request', 'org_code')
  const challenge = challengeFrom(values)
  const endsOn = endFrom(world, values['end_date'])
  const grants = institutionsFrom(world, place, values['institutions']).map(
    (institution): [string, Grant] => {
      const scope = scopeFrom(institution, place, values['scope'])
      return [institution.institutionId, grantOf(world, { scope, endsOn }, institution.industry)]
    },
  )
  return { ...callback, place, grants, challenge, loginHint: values['login_hint'] ?? '' }
}

function isState(state: string | undefined): state is string {
  return state !== undefined && state.length <= MAX_STATE && /^[\x21-\x7e]+$/.test(state)
}

/** PKCE with S256; the standard itself has none, so it may be left out. */
function challengeFrom(values: Query['values']): string | undefined {
  const { code_challenge: challenge, code_challenge_method: method } = values
  if (challenge === undefined && method === undefined) return undefined
  if (method !== 'S256') throw new ConsentRefusal('invalid_request', 'code_challenge_method')
  if (challenge === undefined || !/^[\w-]{43}$/.test(challenge))
    throw new ConsentRefusal('invalid_request', 'code_challenge')
  return challenge
}

/** YYYY-MM-DD of a last day that is asked for. */
function endFrom(world: World, digits: string | undefined): string | undefined {
  if (digits === undefined) return undefined
  const today = dayOf(world.clock.now())
  const day = /^\d{8}$/.test(digits) ? dayFrom(digits) : undefined
  if (day === undefined || day < today || day > addMonths(today, MAX_MONTHS))
    throw new ConsentRefusal('invalid_request', 'end_date')
  return dayText(day)
}

function institutionsFrom(world: World, place: Place, list: string | undefined): Institution[] {
  if (place.institution) return [place.institution]
  const ids = list?.split(',') ?? []
  const found = ids.flatMap((id) => world.institutions.get(id) ?? [])
  const isWhole = found.length === ids.length && new Set(ids).size === ids.length
  if (!isWhole || ids.length === 0 || ids.length > MAX_AT_ONCE)
    throw new ConsentRefusal('invalid_request', 'institutions')
  return found
}

/** The words asked for that this institution has. At the place for many there may be words of other industries. */
function scopeFrom({ industry }: Institution, place: Place, asked: string | undefined): string | undefined {
  if (asked === undefined) return undefined
  const words = asked.split(' ')
  const own = FULL_SCOPES[industry].split(' ')
  const known = place.institution ? own : Object.values(FULL_SCOPES).flatMap((scope) => scope.split(' '))
  const granted = own.filter((word) => words.includes(word))
  if (granted.length === 0 || !words.every((word) => known.includes(word)))
    throw new ConsentRefusal('invalid_scope', 'scope')
  return granted.join(' ')
}
