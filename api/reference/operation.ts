import { contentOf, list, nameIn, record, text } from '../openapi/look.ts'
import type { JsonSchema } from '../openapi/schemas.ts'
import { html, type Html, inline, prose } from './html.ts'
import { formOf } from './schemas.ts'

export type Operation = { method: string; path: string; operation: JsonSchema }

/** One route: what it is for, what it is asked with, what it answers and what it refuses, each with an example. */
export function operationSection({ method, path, operation }: Operation): Html {
  const { operationId, summary, description, parameters, requestBody, responses } = operation
  const all = Object.entries(record(responses))
  return html` <section class="operation" id="${text(operationId)}">
    <h3>
      <span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code>
      <a class="summary" href="#${text(operationId)}">${text(summary)}</a>
    </h3>
    ${prose(text(description))} ${parameterTable(list(parameters).map(record))}
    <h4>Ask</h4>
    <pre>${curlOf({ method, path, operation })}</pre>
    ${requestBody ? bodyForm(requestBody) : ''}
    <h4>Answers</h4>
    ${all.filter((each) => !isRefusal(each)).map(([status, given]) => answer(status, record(given)))}
    <h4>Refusals</h4>
    <ul class="refusals">
      ${all.filter(isRefusal).flatMap(([status, given]) => refusals(status, record(given)))}
    </ul>
  </section>`
}

const isRefusal = ([, given]: [string, unknown]): boolean =>
  contentOf(given).type === 'application/problem+json'

function parameterTable(parameters: readonly JsonSchema[]): Html {
  if (parameters.length === 0) return html``
  return html`<table>
    <tbody>
      ${parameters.map(
        ({ name, in: place, required, schema, description }) =>
          html`<tr>
            <th scope="row"><code>${text(name)}</code></th>
            <td class="form">
              ${text(place)}, ${formOf(record(schema))}${required === true ? html`, <em>needed</em>` : ''}
            </td>
            <td>${inline(text(description))}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

/** A line that can be pasted into a shell. */
function curlOf({ method, path, operation }: Operation): string {
  const isForMembers = list(operation['security']).length > 0
  const { example } = contentOf(operation['requestBody'])
  const isKeyed = list(operation['parameters']).some((one) => record(one)['name'] === 'Idempotency-Key')
  const headers = [
    ...(isForMembers ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(example === undefined ? [] : ["-H 'Content-Type: application/json'"]),
    ...(isKeyed ? ['-H "Idempotency-Key: tap-$(date +%s)"'] : []),
    ...(method === 'get' ? [] : [`-X ${method.toUpperCase()}`]),
  ]
  const body = example === undefined ? [] : [`-d '${JSON.stringify(example)}'`]
  return ['curl -s', ...headers, ...body, `$API${path.replaceAll(/\{\w+\}/g, '38')}`].join(' ')
}

const bodyForm = (requestBody: unknown): Html =>
  html`<p>The body is ${formOf(contentOf(requestBody).schema)}.</p>`

function answer(status: string, given: JsonSchema): Html {
  const { type, schema, example } = contentOf(given)
  const shown = typeof example === 'string' ? example : JSON.stringify(example, null, 2)
  return html`<div class="answer">
    <p>
      <span class="status">${status}</span> ${text(given['description'])}
      ${type === '' ? '' : html`<span class="form">${formOf(schema)}${type === 'application/json' ? '' : `, ${type}`}</span>`}
    </p>
    ${
      example === undefined
        ? ''
        : html`<details>
            <summary>Example</summary>
            <pre>${shown}</pre>
          </details>`
    }
  </div>`
}

const refusals = (status: string, given: JsonSchema): Html[] =>
  Object.values(record(contentWith(given)['examples'])).map((example) => {
    const name = nameIn(record(example)['$ref'])
    return html`<li><a href="#problem-${name}">${name}</a> <span class="status">${status}</span></li>`
  })

const contentWith = (given: JsonSchema): JsonSchema => record(Object.values(record(given['content']))[0])
