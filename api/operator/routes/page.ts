import { readFileSync } from 'node:fs'

import { type RequestHandler, Router } from 'express'

import { onlyMethods } from '../../problem-answers.ts'

const FOLDER = new URL('../../../web/operator/', import.meta.url)

/** Everything the page is made of; nothing else of that folder is served. */
export const PAGE_FILES = [
  'audit-view.js',
  'changes.js',
  'client.js',
  'dialog.js',
  'drawing.js',
  'elements.js',
  'history-view.js',
  'institution-acts.js',
  'list-view.js',
  'main.js',
  'series-picture.js',
  'series.js',
  'sign-in.js',
  'statistics-view.js',
  'story-view.js',
  'style.css',
  'svg.js',
  'verbs.js',
  'words.js',
] as const

/** GET /: a page for a browser. It holds no data and needs no token; what it asks for does. */
export function pageRoutes(): Router {
  const router = Router()
  router.route('/').get(withPagePolicy, file('index.html', 'text/html')).all(onlyMethods('GET, HEAD'))
  for (const name of PAGE_FILES) {
    router
      .route(`/web/${name}`)
      .get(file(name, name.endsWith('.css') ? 'text/css' : 'text/javascript'))
      .all(onlyMethods('GET, HEAD'))
  }
  return router
}

/** Scripts and styles of our own files only, no markup from text, no answers from elsewhere, and in nobody's frame. */
const withPagePolicy: RequestHandler = (_request, response, next) => {
  response.set({
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
  })
  next()
}

/** Read once: a process serves the page it was started with. */
function file(name: string, type: string): RequestHandler {
  const text = readFileSync(new URL(name, FOLDER), 'utf8')
  return (_request, response) => {
    response.type(`${type}; charset=utf-8`).send(text)
  }
}
