import { z } from 'zod'

import { problemAnswer } from '../problem-answers.ts'
import { problemKind, type ProblemName } from '../problems.ts'
import type { AnswerSpec, RouteSpec } from '../route.ts'
import { answerSchema, type JsonSchema, requestSchema } from './schemas.ts'

/** One route as OpenAPI describes it: what it is asked with, what it answers and what it refuses. */
export function operation(spec: RouteSpec): JsonSchema {
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
  { says, schema, example, type, headers, events }: AnswerSpec,
  isConditional = false,
): JsonSchema => {
  const named = { ...headers, ...(isConditional ? { ETag: 'Stays the same while the answer does.' } : {}) }
  return {
    description: says,
    ...(Object.keys(named).length > 0 ? { headers: headersOf(named) } : {}),
    ...(type === null
      ? {}
      : { content: { [type ?? 'application/json']: { schema: answerSchema(schema), example } } }),
    ...(events ? { 'x-events': eventsOf(events) } : {}),
  }
}

/** OpenAPI has no words of its own for what a stream carries. */
const eventsOf = (events: Readonly<Record<string, z.ZodType>>): JsonSchema =>
  Object.fromEntries(Object.entries(events).map(([name, schema]) => [name, answerSchema(schema)]))

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

/** What every route may refuse, besides what is its own. */
export function problemsOf({ access, body, problems, section }: RouteSpec): ProblemName[] {
  const always = ['InvalidRequest', 'NotAcceptable', 'Unexpected'] as const
  const ofMembers = ['Unauthenticated', 'NotEnrolled', 'IssuerUnavailable', 'StorageUnavailable'] as const
  const ofBodies = ['PayloadTooLarge', 'UnsupportedMediaType'] as const
  // What watches the process is not counted.
  const ofCounted = section === 'Health' ? [] : (['TooManyRequests'] as const)
  const all = [
    ...problems,
    ...always,
    ...ofCounted,
    ...(access === 'member' ? ofMembers : []),
    ...(body ? ofBodies : []),
  ]
  return [...new Set<ProblemName>(all)]
}
