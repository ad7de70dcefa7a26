import { z } from 'zod'

export type JsonSchema = { readonly [key: string]: unknown }

// These say in one word what their patterns say in two hundred characters; whoever validates checks the word.
const WORDED = new Set(['date', 'date-time', 'uuid'])

/**
 * What a request must look like. A parameter arrives as text, whatever is made of it: `meta({ onTheWire })` says what
 * the text must look like where the schema cannot.
 */
export const requestSchema = (schema: z.ZodType): JsonSchema =>
  withoutDialect(z.toJSONSchema(schema, { io: 'input', override: simplify }))

/** What an answer looks like; one that has a name (`meta({ id })`) is referred to by it. */
export function answerSchema(schema: z.ZodType): JsonSchema {
  const name = z.globalRegistry.get(schema)?.id
  if (name !== undefined) return { $ref: placeOf(name) }
  return withoutDialect(z.toJSONSchema(schema, { override: simplify }))
}

/** Every schema that has a name, as the components of one document. */
export function namedSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { uri: placeOf, override: simplify })
  const named = Object.entries(schemas).map(([name, schema]) => [name, withoutDialect(schema)] as const)
  return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const placeOf = (name: string): string => `#/components/schemas/${name}`

type Overridden = { jsonSchema: z.core.JSONSchema.BaseSchema }

function simplify({ jsonSchema }: Overridden): void {
  if (jsonSchema.format !== undefined && WORDED.has(jsonSchema.format)) delete jsonSchema.pattern
  // The largest number that JavaScript counts to is a fact of JavaScript, not of the answer.
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  const { onTheWire } = jsonSchema
  if (typeof onTheWire !== 'object') return
  for (const key of ['onTheWire', 'type', 'pattern', 'minLength', 'maxLength']) delete jsonSchema[key]
  Object.assign(jsonSchema, onTheWire)
}

const withoutDialect = ({ $schema: _schema, $id: _id, ...rest }: z.core.JSONSchema.BaseSchema): JsonSchema =>
  rest
