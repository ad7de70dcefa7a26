import type { OpenApi } from './document.ts'
import { contentOf, list, nameIn, record } from './look.ts'
import type { JsonSchema } from './schemas.ts'

const HEADER = `// Made from docs/openapi.json by \`npm run api:types\`: what the API's answers and requests look like to a client in
// TypeScript. Types only; nothing here runs.
`

/** TypeScript of every named schema, and of what each operation is asked with and answers. */
export function clientTypes({ components, paths }: OpenApi): string {
  const named = Object.entries(components.schemas).map(
    ([name, schema]) => `${comment(schema, '')}export type ${name} = ${typeOf(schema, '')}\n`,
  )
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationOf(method, path, operation)),
  )
  const table = `/** Every operation by its name. */\nexport type Operations = {\n${operations.join('')}}\n`
  return [HEADER, ...named, table].join('\n')
}

function operationOf(method: string, path: string, operation: JsonSchema): string {
  const { operationId, summary, requestBody, responses, parameters } = operation
  const fields = [
    `    method: '${method.toUpperCase()}'`,
    `    path: '${path}'`,
    `    query: ${queryOf(parameters)}`,
    ...(requestBody ? [`    body: ${typeOf(contentOf(requestBody).schema, '    ')}`] : []),
    `    answers: {`,
    ...Object.entries(record(responses))
      .filter(([status]) => status.startsWith('2'))
      .map(([status, response]) => `      ${status}: ${bodyTypeOf(response)}`),
    `    }`,
  ]
  return `  /** ${String(summary)} */\n  ${String(operationId)}: {\n${fields.join('\n')}\n  }\n`
}

const bodyTypeOf = (response: unknown): string =>
  'content' in record(response) ? typeOf(contentOf(response).schema, '      ') : 'undefined'

function queryOf(parameters: unknown): string {
  const query = list(parameters)
    .map(record)
    .filter((parameter) => parameter['in'] === 'query')
  if (query.length === 0) return 'Record<string, never>'
  const fields = query.map(({ name, required, schema, description }) => {
    const words = typeof description === 'string' ? `      /** ${description} */\n` : ''
    return `${words}      ${String(name)}${required === true ? '' : '?'}: ${typeOf(record(schema), '      ')}`
  })
  return `{\n${fields.join('\n')}\n    }`
}

/** One schema as a type. Formats and limits are for validators: a type says text, number, word or object. */
function typeOf(schema: JsonSchema, indent: string): string {
  if ('$ref' in schema) return nameIn(schema['$ref'])
  if ('const' in schema) return literal(schema['const'])
  if (Array.isArray(schema['enum'])) return schema['enum'].map(literal).join(' | ')
  const choices = list(schema['anyOf'] ?? schema['oneOf'])
  if (choices.length > 0) return choices.map((choice) => typeOf(record(choice), indent)).join(' | ')
  if (Array.isArray(schema['type']))
    return schema['type'].map((type) => typeOf({ ...schema, type }, indent)).join(' | ')
  switch (schema['type']) {
    case 'object':
      return objectType(schema, indent)
    case 'array': {
      const items = record(schema['items'])
      return isUnion(items) ? `(${typeOf(items, indent)})[]` : `${typeOf(items, indent)}[]`
    }
    case 'string':
    case 'boolean':
    case 'null':
      return schema['type']
    case 'integer':
    case 'number':
      return 'number'
    default:
      return 'unknown'
  }
}

const isUnion = ({ enum: words, anyOf, oneOf, type }: JsonSchema): boolean =>
  list(words).length > 1 || anyOf !== undefined || oneOf !== undefined || Array.isArray(type)

function objectType(schema: JsonSchema, indent: string): string {
  const properties = Object.entries(record(schema['properties']))
  if (properties.length === 0)
    return `{ [key: string]: ${typeOf(record(schema['additionalProperties']), indent)} }`
  const required = list(schema['required'])
  const inner = `${indent}  `
  const fields = properties.map(([name, property]) => {
    const mark = required.includes(name) ? '' : '?'
    return `${comment(record(property), inner)}${inner}${keyOf(name)}${mark}: ${typeOf(record(property), inner)}\n`
  })
  return `{\n${fields.join('')}${indent}}`
}

const comment = ({ description }: JsonSchema, indent: string): string =>
  typeof description === 'string' ? `${indent}/** ${description} */\n` : ''

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", String.raw`\'`)}'` : String(value)
const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`)
