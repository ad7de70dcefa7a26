import { Refusal } from './answer.ts'
import type { Grant } from './consents.ts'
import type { DataRoute } from './route.ts'
import type { ViolationKind } from './violations.ts'
import type { World } from './world.ts'

/** Who a data call is for, or the refusal it will get. Judged when the call arrives, answered later. */
export type Authorization = { person: string | undefined } & (
  | { isGranted: true; person: string; generation: number; grant: Grant }
  | { isGranted: false; refusal: Refusal }
)

export function authorize(
  world: World,
  institutionId: string,
  route: DataRoute,
  header: string | undefined,
): Authorization {
  const note = (kind: ViolationKind, detail: string) =>
    world.violations.record(kind, institutionId, `${route.api}: ${detail}`)
  const token = /^Bearer (\S+)$/i.exec(header ?? '')?.[1]
  if (token === undefined) {
    note('missing-authorization', 'no bearer token')
    return { person: undefined, isGranted: false, refusal: new Refusal('40101') }
  }
  const claims = world.tokens.read(token)
  const isOurs = claims !== undefined && claims.kind === 'a' && claims.institutionId === institutionId
  const state = isOurs ? world.consents.judge(claims) : 'unknown'
  const person = isOurs ? claims.person : undefined
  if (state === 'ended') {
    note('call-with-ended-consent', 'token used after the end of the consent')
    return { person, isGranted: false, refusal: new Refusal('40106') }
  }
  // The person ended it there: nobody could know before being told.
  if (state === 'withdrawn') return { person, isGranted: false, refusal: new Refusal('40106') }
  const series = `${person ?? '?'}|${institutionId}`
  if (state !== 'live' || !isOurs) {
    if (state === 'revoked') note('call-after-withdrawal', 'token used after revoke')
    if (world.refusals.refused(series)) note('refresh-loop', 'refused tokens in a row')
    return { person, isGranted: false, refusal: new Refusal('40101') }
  }
  world.refusals.accepted(series)
  if (route.scope !== undefined && !claims.scope.split(' ').includes(route.scope)) {
    note('outside-scope', `scope without ${route.scope}`)
    return { person, isGranted: false, refusal: new Refusal('40104') }
  }
  const { scope, endsOn, memo, generation } = claims
  return { person: claims.person, isGranted: true, generation, grant: { scope, endsOn, memo } }
}
