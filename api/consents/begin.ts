import type { ConsentList, StandingConsent } from '../../db/consent-list.ts'
import type { AskedConsents, ConsentRequests } from '../../db/consent-requests.ts'
import type { UserId } from '../../db/database.ts'
import type { Institutions } from '../../db/institutions.ts'
import { authorizeUrl, type Place } from '../../domain/authorization.ts'
import { cycleMsOf, endOf, renewableFrom } from '../../domain/consent-time.ts'
import { fullScope, isWithin, parseScope, type Purpose, PURPOSES } from '../../domain/consent.ts'
import { invalid, type RequestError, RequestProblem } from '../problems.ts'

/** Who we are where people agree, and how long they may. */
export type ConsentSettings = {
  clientId: string
  /** The app's address, exactly as it is registered at the institutions. */
  redirectUri: string
  /** Where many institutions are agreed to at once; null: they are agreed to one by one. */
  integratedUrl: string | null
  longestDays: number
}

export type Wish = {
  institutions: readonly { institutionId: string; scope?: string | undefined }[]
  purpose?: Purpose | undefined
  isRegular?: boolean | undefined
  /** An instant as text. */
  endsAt?: string | undefined
  cycleDays?: number | undefined
}

export type Begun = { requestId: string; authorizeUrl: string; expiresAt: Date }
export type BeginConsent = (userId: UserId, session: string | null, wish: Wish) => Promise<Begun>

type Named = Awaited<ReturnType<Institutions['named']>>[number]
type Asked = AskedConsents['institutions'][number] & { institution: Named }

export function createBeginConsent(
  deps: {
    institutions: Pick<Institutions, 'named'>
    consentList: Pick<ConsentList, 'list'>
    consentRequests: Pick<ConsentRequests, 'open'>
  },
  settings: ConsentSettings,
): BeginConsent {
  /** Judges what is asked for, remembers it, and answers where the person is to be sent. */
  return async (userId, session, wish) => {
    const asked = await readAsked(deps.institutions, wish)
    const place = placeOf(asked, settings)
    const standing = await deps.consentList.list(userId)
    refuseTooEarly(asked, standing)
    const now = new Date()
    const endsAt = endOf(wish.endsAt === undefined ? null : new Date(wish.endsAt), now, settings.longestDays)
    if (!endsAt)
      throw invalid('endsAt', `an instant to come, at most ${settings.longestDays} days ahead, was expected`)
    const institutions = asked.map(({ institutionId, scope }) => ({ institutionId, scope }))
    const { redirectUri, clientId } = settings
    const terms = { purpose: purposeOf(wish), isRegular: isRegularOf(wish), endsAt, cycleMs: cycleOf(wish) }
    const opened = await deps.consentRequests.open(userId, { institutions, ...terms, redirectUri, session })
    if (opened === 'too_many') throw new RequestProblem('TooManyAuthorizations')
    const { requestId, expiresAt, ...secrets } = opened
    const url = authorizeUrl(place, { clientId, redirectUri, institutions, endsAt, ...secrets })
    return { requestId, authorizeUrl: url, expiresAt }
  }
}

/** Every institution with what is asked of it: all that it has, unless said otherwise. */
async function readAsked({ named }: Pick<Institutions, 'named'>, { institutions }: Wish): Promise<Asked[]> {
  const ids = institutions.map(({ institutionId }) => institutionId)
  if (new Set(ids).size < ids.length) throw invalid('institutions', 'each institution once was expected')
  const found = await named(ids)
  const errors: RequestError[] = []
  const asked = institutions.flatMap(({ institutionId, scope }, i): Asked[] => {
    const institution = found.find((one) => one.institutionId === institutionId)
    const all = institution && fullScope(institution.industry)
    const words = institution && (scope === undefined ? all : parseScope(scope, institution.industry))
    if (institution && words) return [{ institutionId, scope: words, institution }]
    errors.push(all ? wrong(i, 'scope', all) : wrong(i, 'institutionId', null))
    return []
  })
  if (errors.length > 0) throw new RequestProblem('InvalidRequest', { errors })
  return asked
}

const wrong = (i: number, field: 'scope' | 'institutionId', all: string | null): RequestError => ({
  path: `institutions.${i}.${field}`,
  message:
    all === null
      ? 'an institution that can be read was expected'
      : `words of its industry were expected, the first of them among them: ${all}`,
})

/** One institution is agreed to at its own door; many at the one that there may be for them. */
function placeOf(asked: readonly Asked[], { integratedUrl }: ConsentSettings): Place {
  const [first, ...others] = asked
  if (first && others.length === 0) return { baseUrl: first.institution.baseUrl }
  if (integratedUrl === null)
    throw invalid('institutions', 'one institution at a time: there is no door for many at once here')
  // That door knows one scope an industry.
  const scopes = new Map(asked.map(({ institution, scope }) => [institution.industry, scope]))
  if (asked.some(({ institution, scope }) => scopes.get(institution.industry) !== scope))
    throw invalid(
      'institutions',
      'one scope for all institutions of an industry was expected, or a request for each',
    )
  return { integratedUrl }
}

/** A consent that stands is renewed in its last days; before, only what makes it wider is asked of the person. */
function refuseTooEarly(asked: readonly Asked[], standing: readonly StandingConsent[]): void {
  const errors = asked.flatMap(({ institutionId, scope }, i): RequestError[] => {
    const consent = standing.find((one) => one.institutionId === institutionId)
    if (consent?.state !== 'active' || !isWithin(scope, consent.scope)) return []
    const from = renewableFrom(consent.endsAt)
    if (from <= consent.now) return []
    return [
      { path: `institutions.${i}.institutionId`, message: `can be renewed from ${from.toISOString()} on` },
    ]
  })
  if (errors.length > 0) throw new RequestProblem('TooEarlyToRenew', { errors })
}

/** Unless said otherwise, it may be read on schedule wherever its purpose is. */
function isRegularOf(wish: Wish): boolean {
  const { isRegular } = wish
  const serves = PURPOSES[purposeOf(wish)].readAs.some((readAs) => readAs === 'scheduled')
  if (isRegular === true && !serves)
    throw invalid('isRegular', 'false was expected: the purpose is never read on schedule')
  return isRegular ?? serves
}

const purposeOf = ({ purpose }: Wish): Purpose => purpose ?? 'view-and-analyse'

const cycleOf = ({ cycleDays }: Wish): number | null =>
  cycleDays === undefined ? null : cycleMsOf(cycleDays)
