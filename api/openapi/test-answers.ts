import Ajv2020 from 'ajv/dist/2020.js'
import { z } from 'zod'

import { problemAnswer } from '../problem-answers.ts'
import { DOOR_PROBLEMS, problemKind, type ProblemName, REQUEST_PROBLEMS } from '../problems.ts'
import type { RouteSpec } from '../route.ts'
import { ROUTES } from '../routes.ts'
import { openApiOf } from './document.ts'
import { problemsOf } from './operation.ts'

const document = openApiOf(ROUTES)
const ajv = new Ajv2020.default({ strict: false, allErrors: true })
for (const [name, format] of [
  ['date', z.iso.date()],
  ['date-time', z.iso.datetime({ offset: true })],
  ['uuid', z.guid()],
] as const)
  ajv.addFormat(name, (text) => format.safeParse(text).success)
ajv.addSchema(document, 'api')

/** What a program got from the API, or what the reference says that it gets. */
export type Answer = {
  method: string
  path: string
  status: number
  type: string
  body: unknown
  etag?: string | null
}

/** Hands on an answer of the API that is as documented; throws the faults of one that is not. */
export async function lawful(method: string, url: string, response: Response): Promise<Response> {
  const type = response.headers.get('content-type')?.split(';')[0] ?? ''
  const text = type === 'text/event-stream' ? '' : await response.clone().text()
  const { pathname } = new URL(url)
  const body: unknown = type.endsWith('json') && text !== '' ? JSON.parse(text) : text
  const etag = response.headers.get('etag')
  const faults = faultsOf({ method, path: pathname, status: response.status, type, body, etag })
  if (faults.length === 0) return response
  throw new Error(
    `${method} ${pathname} answered ${response.status} ${text.slice(0, 300)}\n${faults.join('\n')}`,
  )
}

/** What is wrong with an answer by the document of the API. */
export function faultsOf({ method, path, status, type, body, etag }: Answer): string[] {
  const here = ROUTES.map((route) => route.spec).filter((spec) => isAt(spec, path))
  const spec = here.find((each) => each.method === (method === 'HEAD' ? 'get' : method.toLowerCase()))
  if (status >= 400 && type === 'application/problem+json')
    return problemFaults(spec, here, status, body, method)
  if (!spec) return ['nothing is documented at this address']
  if (status === 304) return spec.isConditional && body === '' ? [] : ['304 is not documented, or has a body']
  const answer = spec.answers[status]
  if (!answer) return [`the status ${status} is not documented`]
  if (answer.type === null) return body === '' ? [] : ['no body was expected']
  const wanted = answer.type ?? 'application/json'
  if (type !== wanted) return [`${wanted} was expected, not ${type}`]
  if (spec.isConditional && !etag) return ['an ETag was expected']
  if (method === 'HEAD' || wanted === 'text/event-stream') return []
  return schemaFaults(placeOf(spec, String(status), wanted), body)
}

/** Where, within some schemas, an object has named fields and admits others. */
export function openPlaces(schema: unknown, place = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const isOpen = 'properties' in schema && !('additionalProperties' in schema && !schema.additionalProperties)
  const inner = Object.entries(schema).flatMap(([key, within]) => openPlaces(within, `${place}/${key}`))
  return isOpen ? [place, ...inner] : inner
}

/** The example of an answer, or of a problem, judged by the schema beside it. */
export const exampleFaults = (spec: RouteSpec, status: number, type: string, example: unknown): string[] =>
  schemaFaults(placeOf(spec, String(status), type), example)

/** Whether a path is one of a route: its parameters stand for anything without a slash. */
const isAt = ({ path }: RouteSpec, asked: string): boolean =>
  new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i').test(asked)

const GATE: readonly ProblemName[] = [
  'Unauthenticated',
  'NotEnrolled',
  'IssuerUnavailable',
  'StorageUnavailable',
  'Unexpected',
]

/** A problem of the request must be one that the route documents; failures of our own have names of one table. */
function problemFaults(
  spec: RouteSpec | undefined,
  here: readonly RouteSpec[],
  status: number,
  body: unknown,
  method: string,
): string[] {
  if (method === 'HEAD') return []
  const parsed = problemAnswer.safeParse(body)
  if (!parsed.success) return [`not a problem: ${parsed.error.message}`]
  const { title, status: said, detail } = parsed.data
  const known = problemKind(title)
  if (said !== status || known.http !== status || known.says !== detail)
    return [`${title} is not as in its table`]
  const allowed: readonly ProblemName[] = spec
    ? [...problemsOf(spec), ...DOOR_PROBLEMS]
    : [
        ...GATE,
        ...DOOR_PROBLEMS,
        'TooManyRequests',
        here.length > 0 ? 'MethodNotAllowed' : 'NotFound',
        'InvalidRequest',
      ]
  const isOurs = !Object.hasOwn(REQUEST_PROBLEMS, title)
  return isOurs || allowed.includes(title) ? [] : [`${title} is not documented here`]
}

function schemaFaults(place: string, body: unknown): string[] {
  const validate = ajv.getSchema(place)
  if (!validate) return [`no schema at ${place}`]
  if (validate(body) === true) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

const placeOf = ({ path, method }: RouteSpec, status: string, type: string): string =>
  `api#/paths/${escaped(path)}/${method}/responses/${status}/content/${escaped(type)}/schema`

const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
