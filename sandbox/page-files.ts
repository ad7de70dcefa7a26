import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** The page from which one watches the institutions and plays faults: every file it has. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html'],
  '/page/style.css': ['style.css', 'text/css'],
  '/page/main.js': ['main.js', 'text/javascript'],
  '/page/client.js': ['client.js', 'text/javascript'],
  '/page/elements.js': ['elements.js', 'text/javascript'],
  '/page/institutions.js': ['institutions.js', 'text/javascript'],
  '/page/rules.js': ['rules.js', 'text/javascript'],
  '/page/strip.js': ['strip.js', 'text/javascript'],
  '/page/weather.js': ['weather.js', 'text/javascript'],
}

/** Nothing from elsewhere, nothing inline, nobody frames it; only the empty icon is no file. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

/** Serves a file of the page; false: it has no such file. */
export function servePage(path: string, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== 'GET') return false
  if (path === '') {
    response.writeHead(308, { location: '/_sandbox/' }).end()
    return true
  }
  const found = Object.hasOwn(FILES, path) ? FILES[path] : undefined
  if (!found) return false
  const [file, type] = found
  const body = readFileSync(new URL(`page/${file}`, import.meta.url))
  response.writeHead(200, {
    'content-type': `${type}; charset=UTF-8`,
    'content-length': body.length,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
  response.end(body)
  return true
}

/** Control has no password: a page from elsewhere, open in the same browser, may not use it. */
export function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}
