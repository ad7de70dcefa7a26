import { list, nameIn, record, text } from '../openapi/look.ts'
import type { JsonSchema } from '../openapi/schemas.ts'
import { html, type Html, inline } from './html.ts'

/** One named schema with its fields, each with its form and its words. */
export const schemaSection = (name: string, schema: JsonSchema): Html =>
  html` <section class="schema" id="schema-${name}">
    <h3>${name}</h3>
    ${describe(schema)} ${choicesOf(schema).map((choice) => [describe(choice), fieldTable(choice)])}
  </section>`

const describe = ({ description }: JsonSchema): Html[] =>
  typeof description === 'string' ? [html`<p>${inline(description)}</p>`] : []

/** A schema is one object, or one of several. */
function choicesOf(schema: JsonSchema): JsonSchema[] {
  const choices = list(schema['oneOf'] ?? schema['anyOf']).map(record)
  return choices.length > 0 ? choices : [{ ...schema, description: undefined }]
}

function fieldTable(schema: JsonSchema): Html {
  const fields = fieldsOf(schema, '')
  return html`<table>
    <tbody>
      ${fields.map(
        ({ name, form, words }) =>
          html`<tr>
            <th scope="row"><code>${name}</code></th>
            <td class="form">${form}</td>
            <td>${inline(words)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

type Field = { name: string; form: Html; words: string }

/** Fields of fields stand below them, with the way to them: nobody has to unfold anything. */
function fieldsOf(schema: JsonSchema, before: string): Field[] {
  const required = list(schema['required'])
  return Object.entries(record(schema['properties'])).flatMap(([key, given]) => {
    const property = record(given)
    const name = `${before}${key}${required.includes(key) ? '' : '?'}`
    const own = { name, form: formOf(property), words: text(property['description']) }
    const inner = innerOf(property)
    return [own, ...(inner ? fieldsOf(inner, `${before}${key}${inner === property ? '' : '[]'}.`) : [])]
  })
}

function innerOf(property: JsonSchema): JsonSchema | null {
  if ('properties' in property) return property
  const items = record(property['items'])
  if ('properties' in items) return items
  const choice = list(property['anyOf'])
    .map(record)
    .find((each) => 'properties' in each)
  return choice ? { ...choice } : null
}

/** What a value looks like, in a few words; a named schema is a link to it. */
export function formOf(schema: JsonSchema): Html {
  if ('$ref' in schema) {
    const name = nameIn(schema['$ref'])
    return html`<a href="#schema-${name}">${name}</a>`
  }
  if ('const' in schema) return html`<code>${String(schema['const'])}</code>`
  const words = list(schema['enum'])
  if (words.length > 0) return joined(words.map((word) => html`<code>${String(word)}</code>`))
  const choices = list(schema['anyOf'] ?? schema['oneOf'])
  if (choices.length > 0) return joined(choices.map((choice) => formOf(record(choice))))
  if (Array.isArray(schema['type'])) return joined(schema['type'].map((type) => formOf({ ...schema, type })))
  if (schema['type'] === 'array') return html`list of ${formOf(record(schema['items']))}`
  if (schema['type'] === 'object') return html`${'properties' in schema ? 'object' : 'object by name'}`
  return html`${[text(schema['format']) || text(schema['type']) || 'anything', ...limitsOf(schema)].join(', ')}`
}

const joined = (forms: readonly Html[]): Html =>
  html`${forms.map((form, at) => (at === 0 ? form : html` or ${form}`))}`

function limitsOf({ minimum, maximum, default: otherwise }: JsonSchema): string[] {
  const range = typeof minimum === 'number' && typeof maximum === 'number' ? [`${minimum} to ${maximum}`] : []
  return [...range, ...(otherwise === undefined ? [] : [`${JSON.stringify(otherwise)} unless said`])]
}
