import type { JsonSchema } from './schemas.ts'

/** Looking into a document whose form is known, without claiming to know it: what is not there is empty. */
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
export const text = (value: unknown): string => (typeof value === 'string' ? value : '')
export const record = (value: unknown): JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}

/** The first content of an answer or a body: its media type, its schema and its example. */
export function contentOf(given: unknown): { type: string; schema: JsonSchema; example: unknown } {
  const [[type, content] = ['', {}]] = Object.entries(record(record(given)['content']))
  const { schema, example } = record(content)
  return { type, schema: record(schema), example }
}

/** The name that a reference refers to by. */
export const nameIn = (reference: unknown): string => text(reference).split('/').at(-1) ?? ''
