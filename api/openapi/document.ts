import { z } from 'zod'

import { problemAnswer, problemExample } from '../problem-answers.ts'
import { problemKind, type ProblemName } from '../problems.ts'
import { type AnswerSpec, type RouteSpec, SECTIONS } from '../route.ts'
import { answerSchema, type JsonSchema, namedSchemas, requestSchema } from './schemas.ts'

/** Moves when a client that reads answers strictly must change. */
const VERSION = '1.0.0'

const ABOUT = `Moa gathers a person's financial data from every institution they consented to, classifies and analyses it, and
shows it only when it is whole, or says exactly what is missing.

**Reads never wait.** Every read is of one published snapshot: \`view=latest\` (the newest, with what it lacks) or
\`view=complete\` (the newest that lacks nothing); \`as_of\` reads the one that was the newest at an instant that has passed.

**Amounts are text** with the decimals they have, beside a currency. Days and months are Korea's. What an institution did
not say is null, never zero.

**Errors** are \`application/problem+json\` (RFC 9457); \`title\` is a name that does not change, \`detail\` is a sentence for a
person. Unknown parameters and fields are refused by name, in requests; answers have no field that is not named here.`

export type OpenApi = ReturnType<typeof openApiOf>

/** The OpenAPI 3.1 document of some routes, made from the very schemas that check and shape what passes through them. */
export function openApiOf(routes: readonly { spec: RouteSpec }[]) {
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const { spec } of routes) (paths[spec.path] ??= {})[spec.method] = operation(spec)
  return {
    openapi: '3.1.1',
    info: {
      title: 'Moa',
      version: VERSION,
      summary: 'Everything a person owns and owes, as one snapshot.',
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(SECTIONS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: namedSchemas(),
      examples: examplesOf(routes),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'A token of the issuer this deployment trusts; its subject is the person whose data is read.',
        },
      },
    },
  }
}

/** What every route may refuse, besides what is its own. */
export function problemsOf({ access, body, problems }: RouteSpec): ProblemName[] {
  const always = ['InvalidRequest', 'NotAcceptable', 'Unexpected'] as const
  const ofMembers = ['Unauthenticated', 'NotEnrolled', 'IssuerUnavailable', 'StorageUnavailable'] as const
  const ofBodies = ['PayloadTooLarge', 'UnsupportedMediaType'] as const
  const all = [...problems, ...always, ...(access === 'member' ? ofMembers : []), ...(body ? ofBodies : [])]
  return [...new Set<ProblemName>(all)]
}

/** One example of each problem that some route may answer. */
function examplesOf(routes: readonly { spec: RouteSpec }[]): Record<string, JsonSchema> {
  const names = new Set(routes.flatMap(({ spec }) => problemsOf(spec)))
  const sorted = [...names].toSorted()
  return Object.fromEntries(
    sorted.map((name) => [name, { summary: problemKind(name).says, value: problemExample(name) }]),
  )
}

function operation(spec: RouteSpec): JsonSchema {
  const { id, section, summary, description, access, body } = spec
  return {
    operationId: id,
    tags: [section],
    summary,
    description,
    security: access === 'member' ? [{ token: [] }] : [],
    parameters: parametersOf(spec),
    ...(body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: answerSchema(body.schema), example: body.example } },
          },
        }
      : {}),
    responses: responsesOf(spec),
  }
}

function parametersOf({ params, query, headers, isConditional }: RouteSpec): JsonSchema[] {
  return [
    ...fieldsOf(params, 'path'),
    ...fieldsOf(query, 'query'),
    ...fieldsOf(headers, 'header'),
    ...(isConditional ? [IF_NONE_MATCH] : []),
  ]
}

const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The ETag of the answer that is already there: 304 if this would be the same.',
  schema: { type: 'string' },
}

function fieldsOf(schema: z.ZodType | undefined, place: 'path' | 'query' | 'header'): JsonSchema[] {
  if (!schema) return []
  const { properties, required } = parameters.parse(requestSchema(schema))
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    description,
    schema: rest,
  }))
}

const parameters = z.object({
  properties: z.record(z.string(), z.looseObject({ description: z.string() })).default({}),
  required: z.array(z.string()).default([]),
})

function responsesOf(spec: RouteSpec): JsonSchema {
  const answers = Object.entries(spec.answers).map(
    ([status, answer]) => [status, response(answer, spec.isConditional)] as const,
  )
  const names = problemsOf(spec)
  const statuses = new Set(names.map((name) => problemKind(name).http))
  const refused = [...statuses].map(
    (status) => [status, refusal(names.filter((name) => problemKind(name).http === status))] as const,
  )
  const all = [...answers, ...(spec.isConditional ? [NOT_MODIFIED] : []), ...refused]
  return { ...Object.fromEntries(all), default: OTHERWISE }
}

const problemContent = (examples?: JsonSchema) => ({
  'application/problem+json': { schema: answerSchema(problemAnswer), ...(examples ? { examples } : {}) },
})

const NOT_MODIFIED = ['304', { description: 'What is already there is what would be answered.' }] as const
const OTHERWISE = {
  description: 'Any other failure, in the same form and by a name of the same table.',
  content: problemContent(),
}

const response = (
  { says, schema, example, type, headers }: AnswerSpec,
  isConditional = false,
): JsonSchema => {
  const named = { ...headers, ...(isConditional ? { ETag: 'Stays the same while the answer does.' } : {}) }
  return {
    description: says,
    ...(Object.keys(named).length > 0 ? { headers: headersOf(named) } : {}),
    content: { [type ?? 'application/json']: { schema: answerSchema(schema), example } },
  }
}

const headersOf = (headers: Readonly<Record<string, string>>): JsonSchema =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  )

const refusal = (names: readonly ProblemName[]): JsonSchema => ({
  description: names.map((name) => `${name}: ${problemKind(name).says}`).join('\n\n'),
  content: problemContent(
    Object.fromEntries(names.map((name) => [name, { $ref: `#/components/examples/${name}` }])),
  ),
})
