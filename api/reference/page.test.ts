import { expect, test } from 'vitest'

import { startApi } from '../make-api.ts'
import { openApiOf } from '../openapi/document.ts'
import { ROUTES } from '../routes.ts'
import { html, prose } from './html.ts'

const read = async (path = '/docs') => {
  const { asNobody } = await startApi()
  const answer = await asNobody(path)
  return { answer, text: await answer.text() }
}

test('the reference needs no token, no script and no network but its own address', async () => {
  const { answer, text } = await read()
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(answer.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  )
  expect(text).not.toMatch(/<script|<style|<iframe|<form|\son\w+=|\sstyle=|javascript:/i)
  const loaded = [...text.matchAll(/<(?:link|img|source)[^>]*(?:href|src)="([^"]+)"/g)].map(
    ([, place]) => place,
  )
  expect(loaded).toEqual(['/docs/style.css'])
  const style = await read('/docs/style.css')
  expect(style.answer.headers.get('content-type')).toBe('text/css; charset=utf-8')
  expect(style.text).toContain('nav {')
  expect(style.text).not.toMatch(/url\(|@import|https?:/)
})

test('the reference has a place for every route, problem, schema and word, and every link leads to one', async () => {
  const { text } = await read()
  const places = [...text.matchAll(/\sid="([^"]+)"/g)].map(([, place]) => place!)
  expect(new Set(places).size).toBe(places.length)
  const links = [...text.matchAll(/href="#([^"]+)"/g)].map(([, place]) => place!)
  expect(links.filter((place) => !places.includes(place))).toEqual([])
  const { components } = openApiOf(ROUTES)
  expect(places).toEqual(
    expect.arrayContaining([
      ...ROUTES.map(({ spec }) => spec.id),
      ...Object.keys(components.examples).map((name) => `problem-${name}`),
      ...Object.keys(components.schemas).map((name) => `schema-${name}`),
    ]),
  )
  for (const word of ['정보제공기관', '전송요구', 'npm start']) expect(text).toContain(word)
})

test('whatever is written into a page is escaped, and only code and emphasis are more than text', () => {
  const written = html`<p title="${'"><script>'}">${['a & b', html`<b>${"it's"}</b>`, 3]}</p>`
  expect(written.html).toBe('<p title="&quot;&gt;&lt;script&gt;">a &amp; b<b>it&#39;s</b>3</p>')
  expect(prose('one `<code>`\n**two**\n\n<three>').map((each) => each.html)).toEqual([
    '<p>one <code>&lt;code&gt;</code> <strong>two</strong></p>',
    '<p>&lt;three&gt;</p>',
  ])
})
