import { readdirSync, readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { startOperator } from '../make-operator.ts'
import { PAGE_FILES } from './page.ts'

const FOLDER = new URL('../../../web/operator/', import.meta.url)

test('the page may run our own files, ask this server, and nothing else', async () => {
  const { url } = await startOperator()
  const answer = await fetch(`${url}/`)
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const policy = answer.headers.get('content-security-policy')!.split('; ')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy.join(' ')).not.toMatch(/unsafe|https?:|\*/)
})

test('everything the page is made of is served, and the folder holds nothing else', async () => {
  const { url } = await startOperator()
  const inFolder = readdirSync(FOLDER).filter((name) => !/\.test\.|\.html$/.test(name))
  expect(inFolder.toSorted()).toEqual([...PAGE_FILES])
  for (const name of PAGE_FILES) {
    const answer = await fetch(`${url}/web/${name}`)
    expect(answer.headers.get('content-type')).toMatch(/^text\/(javascript|css); charset=utf-8$/)
    expect(await answer.text()).toBe(readFileSync(new URL(name, FOLDER), 'utf8'))
  }
})

test('what the page’s files name is served', () => {
  const page = readFileSync(new URL('index.html', FOLDER), 'utf8')
  const named = [...page.matchAll(/(?:src|href)="\/web\/([^"]+)"/g)].map(([, name]) => name!)
  const imported = PAGE_FILES.flatMap((name) =>
    [...readFileSync(new URL(name, FOLDER), 'utf8').matchAll(/from '\.\/([^']+)'/g)].map(([, file]) => file!),
  )
  expect(named.toSorted()).toEqual(['main.js', 'style.css'])
  expect([...new Set([...named, ...imported])].toSorted()).toEqual([...PAGE_FILES])
})

test('nothing on the page becomes markup or a style by itself: its policy would refuse it', () => {
  for (const name of [...PAGE_FILES, 'index.html']) {
    const text = readFileSync(new URL(name, FOLDER), 'utf8')
    expect({ name, found: /innerHTML|outerHTML|insertAdjacent|document\.write|style="/.exec(text) }).toEqual({
      name,
      found: null,
    })
  }
})

test.each(['/web/drawing.test.ts', '/web/', '/web/..%2fstyle.css', '/web/index.html', '/favicon.ico'])(
  '%s is not there',
  async (path) => {
    const { url } = await startOperator()
    const answer = await fetch(`${url}${path}`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ type: '/problems/NotFound' })
  },
)

test('the page only looks: other methods are told so', async () => {
  const { url } = await startOperator()
  const answer = await fetch(`${url}/`, { method: 'POST' })
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})
