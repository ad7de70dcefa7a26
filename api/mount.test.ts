import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

import { createLog } from '../log.ts'
import { mount } from './mount.ts'
import { answerProblems, notFound } from './problem-answers.ts'
import { answer, defineRoute, type Route } from './route.ts'
import { startServer } from './server.ts'

const spec = {
  id: 'x',
  section: 'Health',
  summary: '',
  description: '',
  access: 'anyone',
  problems: [],
} as const

const greet = defineRoute(
  {
    ...spec,
    method: 'get',
    path: '/people/{name}',
    params: z.strictObject({ name: z.string().regex(/^[a-z]+$/) }),
    query: z.strictObject({ times: z.string().transform(Number).default(1) }),
    answers: { 200: { says: '', schema: z.strictObject({ words: z.string() }), example: { words: '' } } },
  },
  ({ word }: { word: string }) =>
    async ({ params, query }) =>
      answer(200, { words: `${word} ${params.name}`.repeat(query.times) }),
)
const tick = defineRoute(
  {
    ...spec,
    method: 'get',
    path: '/ticks',
    answers: { 200: { says: '', schema: z.string(), example: '', type: 'text/event-stream' } },
  },
  () =>
    async ({ response }) => {
      response.type('text/event-stream').write('data: 1\n\n')
      setTimeout(() => response.end('data: 2\n\n'), 20)
      return 'written'
    },
)

/** These routes alone, over HTTP. */
async function serving<Deps>(routes: readonly Route<Deps>[], deps: Deps) {
  const app = express()
  mount(app, routes, deps)
  app.use(notFound, answerProblems(createLog('api', 'silent')))
  const server = await startServer(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(server.close)
  return (path: string, init?: RequestInit) =>
    globalThis.fetch(`http://127.0.0.1:${server.port}${path}`, init)
}

test('a handler gets what the schemas made of the request, and what it was bound to', async () => {
  const ask = await serving([greet], { word: 'hello' })
  expect(await (await ask('/people/minji?times=2')).json()).toEqual({ words: 'hello minjihello minji' })
  expect([(await ask('/people/MINJI')).status, (await ask('/people/minji?more=1')).status]).toEqual([
    404, 400,
  ])
})

test('a stream writes its own answer, and takes GET alone', async () => {
  const ask = await serving([tick], {})
  const stream = await ask('/ticks', { headers: { accept: 'text/event-stream' } })
  expect([stream.headers.get('content-type'), await stream.text()]).toEqual([
    'text/event-stream; charset=utf-8',
    'data: 1\n\ndata: 2\n\n',
  ])
  for (const method of ['HEAD', 'POST']) {
    const refused = await ask('/ticks', { method })
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET'])
  }
  expect((await ask('/ticks', { headers: { accept: 'text/html' } })).status).toBe(406)
})

test('two methods at one address are both served, and both named to whoever comes with a third', async () => {
  const shout = defineRoute(
    {
      ...spec,
      method: 'post',
      path: '/ticks',
      body: { schema: z.strictObject({ loud: z.boolean() }), example: { loud: true } },
      answers: { 202: { says: '', schema: z.strictObject({ loud: z.boolean() }), example: { loud: true } } },
    },
    () =>
      async ({ body }) =>
        answer(202, body, { 'x-heard': 'yes' }),
  )
  const ask = await serving([tick, shout], {})
  const headers = { 'content-type': 'application/json' }
  const heard = await ask('/ticks', { method: 'POST', headers, body: '{"loud":true}' })
  expect([heard.status, await heard.json(), heard.headers.get('x-heard')]).toEqual([
    202,
    { loud: true },
    'yes',
  ])
  expect((await ask('/ticks', { method: 'POST', headers, body: '{"loud":1}' })).status).toBe(400)
  expect((await ask('/ticks', { method: 'DELETE' })).headers.get('allow')).toBe('GET, POST')
})
