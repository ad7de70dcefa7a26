import { type Answer, coded, oauthError } from './answer.ts'
import { API_TYPES, type ApiType } from './ask.ts'
import { authorize } from './authorize.ts'
import { formOf, jsonValues, readBody } from './body.ts'
import { checkTranId, checkUrl, noter } from './call-checks.ts'
import type { Call } from './call-log.ts'
import { endured } from './endure.ts'
import { writeDown } from './oauth.ts'
import { failure, faultOf, type Incoming, send } from './reply.ts'
import type { DataRoute, Route } from './route.ts'
import { routeOf } from './routes.ts'
import { otherAnswer } from './spoil.ts'
import type { ViolationKind } from './violations.ts'

/** Serves one call of the standard: judges it, behaves as told, answers, and writes it down. */
export async function exchange(incoming: Incoming): Promise<void> {
  const { world, institution, path, request, response } = incoming
  const call = world.calls.open(institution.institutionId)
  const gone = new AbortController()
  response.once('close', () => {
    world.calls.close(call, { status: null, rspCode: null, aborted: !response.writableFinished })
    gone.abort()
  })
  const tranId = request.headers['x-api-tran-id']
  call.tranId = typeof tranId === 'string' ? tranId : null
  const found = routeOf(institution.industry, path)
  const route = found?.route
  call.api = route?.api ?? 'unknown'
  incoming.inPath = found?.inPath
  const cleanups: (() => void)[] = []
  try {
    const answer = await answerTo(incoming, route, call, gone.signal, cleanups)
    for (const clean of cleanups.splice(0)) clean()
    if (answer) send(incoming, call, answer)
  } catch (error) {
    if (gone.signal.aborted) return
    send(incoming, call, failure(error, route))
  } finally {
    for (const clean of cleanups) clean()
  }
}

async function answerTo(
  incoming: Incoming,
  route: Route | undefined,
  call: Call,
  gone: AbortSignal,
  cleanups: (() => void)[],
): Promise<Answer | undefined> {
  const { world, institution, request, path } = incoming
  const note = noter(incoming, call)
  const body = await readBody(request)
  checkUrl(incoming.url, note)
  if (!route) {
    note('unknown-path', path.length > 100 ? 'a long path' : 'no such path')
    return coded('40401')
  }
  if (request.method !== route.method) {
    note('wrong-method', `${request.method}`)
    return route.kind === 'token' ? oauthError('method_not_allowed', 405) : coded('40501')
  }
  const hasTranId = checkTranId(world, call.tranId, note)
  const judged = route.kind === 'data' ? judgeData(incoming, route, call, body, cleanups) : undefined
  const form = route.kind === 'token' ? formOf(request, body) : undefined
  if (form) writeDown(call, { world, institution, form })
  const effect = world.behaviours.next(institution.institutionId, route.api, call)
  incoming.mangle = effect.mangle
  call.rule = effect.rule ?? null
  call.fault = effect.mangle ?? (effect.hang ? 'hang' : null)
  if (!(await endured(effect, gone))) return undefined
  // Nothing is done, and nobody will hear what is said.
  if (effect.mangle === 'reset-first') return coded('50001')
  if (effect.status) return faultOf(effect.status, route, effect.endsAt && effect.endsAt - world.clock.now())
  const other = otherAnswer(incoming)
  if (other) return other
  if (!hasTranId) return route.kind === 'token' ? oauthError('invalid_request') : coded('40002')
  if (judged) return judged()
  if (route.kind === 'data') return undefined
  if (!form) {
    note('malformed-body', 'form expected')
    return oauthError('invalid_request')
  }
  return route.answer({ world, institution, api: route.api, form, line: call })
}

/** Judges a data call on arrival; the function it gives answers it when the institution gets to it. */
function judgeData(
  incoming: Incoming,
  route: DataRoute,
  call: Call,
  body: string | undefined,
  cleanups: (() => void)[],
): () => Answer {
  const { world, institution, url, request } = incoming
  const { institutionId } = institution
  const note = (kind: ViolationKind, detail: string) =>
    world.violations.record(kind, institutionId, `${route.api}: ${detail}`)
  const header = request.headers['x-api-type']
  call.apiType = typeof header === 'string' ? header : null
  const apiType = API_TYPES.find((type): type is ApiType => type === header)
  if (header === undefined) note('missing-api-type', 'x-api-type')
  else if (!apiType) note('unknown-api-type', 'x-api-type')
  const authorization = authorize(world, institutionId, route, request.headers.authorization)
  call.person = authorization.person ?? null
  const given = route.method === 'GET' ? Object.fromEntries(url.searchParams) : jsonValues(body)
  const said = given && { ...given, ...incoming.inPath }
  const { params, isAgain } = world.aliases.understood(said)
  incoming.cursor = said?.['next_page']
  incoming.meantCursor = params?.['next_page']
  if (authorization.isGranted) incoming.owner = authorization
  if (!params) note('malformed-body', 'JSON object of plain values expected')
  if (params?.['org_code'] && params['org_code'] !== institutionId) note('wrong-org-code', 'org_code')
  if (route.inOrder && params && authorization.person !== undefined) {
    const named = route.inOrder.map((name) => params[name])
    const asset = [institutionId, authorization.person, ...named, route.api].join('|')
    const { isParallel, leave } = world.inFlight.enter(asset, JSON.stringify(params))
    cleanups.push(leave)
    if (isParallel) note('parallel-ranges', 'two parts of one asset at once')
  }
  return () => {
    if (!apiType) return coded('40002')
    if (!authorization.isGranted) throw authorization.refusal
    if (!params || !params['org_code']) return coded('40001')
    if (params['org_code'] !== institutionId) return coded('40303')
    const { person, grant } = authorization
    return route.answer({
      world,
      institution,
      api: route.api,
      apiType,
      person,
      grant,
      now: world.clock.now(),
      params,
      isAgain,
    })
  }
}
