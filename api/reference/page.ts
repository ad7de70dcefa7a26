import type { OpenApi } from '../openapi/document.ts'
import { record, text } from '../openapi/look.ts'
import { html, type Html, prose } from './html.ts'
import { type Operation, operationSection } from './operation.ts'
import { schemaSection } from './schemas.ts'
import { TOKEN, WORDS } from './words.ts'

/** The document as one page that needs no script and no network: to be read, searched and printed. */
export function pageOf(document: OpenApi): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
  const sections = document.tags.map(({ name, description }) => ({
    name,
    description,
    operations: operations.filter(
      ({ operation }) => JSON.stringify(operation['tags']) === JSON.stringify([name]),
    ),
  }))
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${document.info.title} API ${document.info.version}</title>
        <link rel="stylesheet" href="/docs/style.css" />
      </head>
      <body>
        ${navigation(sections)}
        <main>
          <header id="about">
            <h1>${document.info.title} <small>모아, API ${document.info.version}</small></h1>
            <p class="lead">${document.info.summary}</p>
            ${prose(document.info.description)}
            <p>For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI ${document.openapi}).</p>
          </header>
          <section id="token">
            <h2>A token</h2>
            ${TOKEN}
          </section>
          <section id="words">
            <h2>Words</h2>
            ${words()}
          </section>
          ${sections.map(
            (section) =>
              html`<section id="section-${section.name}">
                <h2>${section.name}</h2>
                <p class="lead">${section.description}</p>
                ${section.operations.map(operationSection)}
              </section>`,
          )}
          <section id="problems">
            <h2>Problems</h2>
            ${problems(document)}
          </section>
          <section id="schemas">
            <h2>Schemas</h2>
            ${Object.entries(document.components.schemas).map(([name, schema]) => schemaSection(name, schema))}
          </section>
        </main>
      </body>
    </html>`
  return page.html
}

type SectionShown = { name: string; operations: readonly Operation[] }

const navigation = (sections: readonly SectionShown[]): Html =>
  html`<nav aria-label="Contents">
    <p class="brand">
      <a href="#about">Moa <span>모아</span></a>
    </p>
    <ul>
      <li><a href="#token">A token</a></li>
      <li><a href="#words">Words</a></li>
    </ul>
    ${sections.map(
      ({ name, operations }) =>
        html`<p><a href="#section-${name}">${name}</a></p>
          <ul>
            ${operations.map(
              ({ method, operation }) =>
                html`<li>
                  <a href="#${text(operation['operationId'])}"
                    ><span class="method ${method}">${method.toUpperCase()}</span>
                    ${text(operation['summary'])}</a
                  >
                </li>`,
            )}
          </ul>`,
    )}
    <ul>
      <li><a href="#problems">Problems</a></li>
      <li><a href="#schemas">Schemas</a></li>
    </ul>
  </nav>`

const words = (): Html =>
  html`<dl>
    ${WORDS.map(
      ({ word, korean, says }) =>
        html`<dt>${word} <span lang="ko">${korean}</span></dt>
          <dd>${says}</dd>`,
    )}
  </dl>`

const problems = ({ components }: OpenApi): Html =>
  html`<table>
    <tbody>
      ${Object.entries(components.examples).map(
        ([name, { summary, value }]) =>
          html`<tr id="problem-${name}">
            <th scope="row"><code>${name}</code></th>
            <td class="status">${String(record(value)['status'])}</td>
            <td>${text(summary)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
