import type { Express, Request, RequestHandler } from 'express'
import { z } from 'zod'

import { checked, requestErrors } from './checked.ts'
import { jsonBody } from './json-bodies.ts'
import { onlyMethods } from './problem-answers.ts'
import { RequestProblem } from './problems.ts'
import type { AnyHandler, Route, RouteSpec, Written } from './route.ts'
import { userOf } from './signed-in.ts'

// An event has less than 200 bytes; whatever comes near this is something else.
const LARGEST_BODY = 64 * 1024
const NOTHING = z.strictObject({})

/** Puts routes on an app: what is asked is checked by their schemas, and other methods are refused by name. */
export function mount<Deps>(app: Express, routes: readonly Route<Deps>[], deps: Deps): void {
  for (const path of new Set(routes.map(({ spec }) => spec.path))) {
    const here = routes.filter(({ spec }) => spec.path === path)
    const place = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'))
    if (here.every(({ spec }) => isStream(spec))) place.head(onlyMethods('GET'))
    for (const { spec, bind } of here) place[spec.method](...stepsOf(spec, bind(deps)))
    place.all(onlyMethods(here.flatMap(({ spec }) => methodsOf(spec)).join(', ')))
  }
}

/** Whoever wants to know of a stream without its events is refused: it has no end whose length could be told. */
const methodsOf = (spec: RouteSpec): string[] => {
  if (spec.method !== 'get') return [spec.method.toUpperCase()]
  return isStream(spec) ? ['GET'] : ['GET', 'HEAD']
}

const isStream = ({ answers }: RouteSpec): boolean =>
  Object.values(answers).some(({ type }) => type === 'text/event-stream')

function stepsOf(spec: RouteSpec, handle: AnyHandler): RequestHandler[] {
  const body = spec.body ? jsonBody(LARGEST_BODY) : []
  return [acceptable(spec), ...body, answering(spec, handle)]
}

/** Whoever can read none of a route's answers is told so, instead of being sent one. */
function acceptable({ answers }: RouteSpec): RequestHandler {
  const types = Object.values(answers).flatMap(({ type }) =>
    type === null ? [] : (type ?? 'application/json'),
  )
  return (request, _response, next) => {
    if (!request.accepts(types)) throw new RequestProblem('NotAcceptable')
    next()
  }
}

function answering(spec: RouteSpec, handle: AnyHandler): RequestHandler {
  return async (request, response) => {
    const answer: Written = await handle({
      params: paramsOf(spec, request),
      query: checked(spec.query ?? NOTHING, request.query),
      headers: headersOf(spec, request),
      body: bodyOf(spec, request),
      userId: () => userOf(request),
      request,
      response,
    })
    if (answer === 'written') return
    const type = spec.answers[answer.status]?.type
    response.status(answer.status).set(answer.headers ?? {})
    if (type === null) response.end()
    else if (type === undefined) response.json(answer.body)
    else response.type(type).send(answer.body)
  }
}

function paramsOf({ params }: RouteSpec, request: Request): unknown {
  const parsed = (params ?? NOTHING).safeParse(request.params)
  if (!parsed.success) throw new RequestProblem('NotFound')
  return parsed.data
}

/** Only the headers a route names are looked at. */
function headersOf({ headers }: RouteSpec, request: Request): unknown {
  if (!headers) return {}
  const names = headers instanceof z.ZodObject ? Object.keys(headers.shape) : []
  const given = Object.fromEntries(names.map((name) => [name, request.get(name)]))
  const parsed = headers.safeParse(given)
  if (parsed.success) return parsed.data
  const errors = requestErrors(parsed.error).map(({ path, message }) => ({ path: `header ${path}`, message }))
  throw new RequestProblem('InvalidRequest', { errors })
}

function bodyOf({ body }: RouteSpec, request: Request): unknown {
  if (!body) return undefined
  const given: unknown = request.body
  body.refuse?.(given)
  return checked(body.schema, given)
}
