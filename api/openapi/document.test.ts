import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import Ajv2020 from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'

import { createApp } from '../app.ts'
import { makeDeps, startApi } from '../make-api.ts'
import { problemExample } from '../problem-answers.ts'
import { PROBLEM_NAMES, problemKind } from '../problems.ts'
import { ROUTES } from '../routes.ts'
import { openApiOf } from './document.ts'
import officialSchema from './openapi-3.1.schema.json' with { type: 'json' }
import { problemsOf } from './operation.ts'
import { exampleFaults, faultsOf, openPlaces } from './test-answers.ts'
import { documentText, typesText } from './write-main.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const specs = ROUTES.map(({ spec }) => spec)
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

test('the document is valid OpenAPI 3.1, and the judge refuses what is not', () => {
  const judge = new Ajv2020.default({ strict: false, validateFormats: false }).compile(officialSchema)
  const document: unknown = JSON.parse(documentText())
  expect([judge(document), judge.errors]).toEqual([true, null])
  expect(judge({ ...(document as object), paths: { snapshot: {} } })).toBe(false)
})

test('what the repository keeps is what the schemas say now: npm run api:openapi, npm run api:types', () => {
  expect(read('docs/openapi.json')).toBe(documentText())
  expect(read('clients/moa-api.ts')).toBe(typesText())
})

test('what is served is what the repository keeps', async () => {
  const { asNobody } = await startApi()
  expect(await (await asNobody('/openapi.json')).json()).toEqual(JSON.parse(read('docs/openapi.json')))
})

test('every reference leads somewhere, every operation has a name of its own, every parameter its words', () => {
  const text = documentText()
  const { components } = openApiOf(ROUTES)
  const places = [...text.matchAll(/"\$ref": "#\/components\/(\w+\/\w+)"/g)].map(([, place]) => place!)
  const { schemas, examples } = components
  const kept = Object.entries({ schemas, examples }).flatMap(([kind, all]) =>
    Object.keys(all).map((name) => `${kind}/${name}`),
  )
  expect([...new Set(places)].toSorted()).toEqual(kept.toSorted())
  expect(new Set(specs.map(({ id }) => id)).size).toBe(specs.length)
})

test('no answer has a field without a name: every object is closed, or says that its names are data', () => {
  const { components, paths } = openApiOf(ROUTES)
  expect([...openPlaces(components.schemas), ...openPlaces(paths)]).toEqual([])
  expect(openPlaces({ a: { anyOf: [{ properties: { b: {} } }] } })).toEqual(['/a/anyOf/0'])
})

test('every route of the app is one of the document, and no other is served', () => {
  const { router } = createApp(makeDeps()) as unknown as { router: { stack: { route?: { path: string } }[] } }
  const served = router.stack.flatMap(({ route }) => route?.path ?? [])
  const documented = new Set(specs.map(({ path }) => path.replaceAll(/\{(\w+)\}/g, ':$1')))
  expect(served.toSorted()).toEqual([...documented].toSorted())
})

describe.each(specs.map((spec) => [`${spec.method} ${spec.path}`, spec] as const))('%s', (_, spec) => {
  test('has examples that its own schemas accept', () => {
    for (const [status, { example, type = 'application/json' }] of Object.entries(spec.answers)) {
      if (type === null) expect(example).toBeUndefined()
      else expect(exampleFaults(spec, Number(status), type, example)).toEqual([])
    }
    if (spec.body) expect(spec.body.schema.safeParse(spec.body.example).success).toBe(true)
  })

  test('has an example of every problem it may answer', () => {
    for (const name of problemsOf(spec)) {
      const body = problemExample(name)
      const type = 'application/problem+json'
      expect(exampleFaults(spec, problemKind(name).http, type, body)).toEqual([])
      const answer = { method: spec.method, path: spec.path, status: body.status, type, body }
      expect(faultsOf(answer)).toEqual([])
    }
  })
})

/** What asks routes of its own, or the operators' listener, which is no part of this document. */
const OTHERS = [
  'api/openapi/document.test.ts',
  'api/mount.test.ts',
  'api/door.test.ts', // both listeners, also in ways that no client would
  'api/slow-clients.test.ts',
  'api/issuer-documents', // asks the issuer
  'api/operator/',
  'test/system/faults-of-size', // asks the sandbox

  'test/system/operator',
  'test/system/support-doors/doors', // both listeners: those of the users through the judge
  'test/system/support-e2e/operator',
]

describe('the judge of answers', () => {
  const alive = {
    method: 'GET',
    path: '/healthz',
    status: 200,
    type: 'application/json',
    body: { status: 'alive' },
  }

  test('accepts what is documented', () => {
    expect(faultsOf(alive)).toEqual([])
  })

  test.each([
    ['a field that nobody named', { body: { status: 'alive', userId: 7 } }],
    ['a field that is missing', { body: {} }],
    ['a word that is none of the known', { body: { status: 'dead' } }],
    ['another status', { status: 201 }],
    ['another type', { type: 'text/html' }],
    ['an address that is not there', { path: '/health' }],
    ['304 where nothing can be kept', { status: 304, type: '', body: '' }],
  ])('refuses %s', (__, change) => {
    expect(faultsOf({ ...alive, ...change })).not.toEqual([])
  })

  test('refuses a problem that a route does not name, and one with words of its own', () => {
    const problem = (name: Parameters<typeof problemExample>[0], change = {}) =>
      faultsOf({
        ...alive,
        status: problemKind(name).http,
        type: 'application/problem+json',
        body: { ...problemExample(name), ...change },
      })
    expect(problem('InvalidRequest')).toEqual([])
    expect(problem('SnapshotPurged')).not.toEqual([])
    expect(problem('InvalidRequest', { detail: 'secret palimpsest' })).not.toEqual([])
    expect(problem('InvalidRequest', { stack: 'at …' })).not.toEqual([])
  })

  test('is passed by no test: all of them ask through the helper that calls it', () => {
    const past = [...filesBelow('api'), ...filesBelow('test/system')]
      .filter((file) => !OTHERS.some((other) => file.startsWith(other)))
      .filter((file) => /\bfetch\(/.test(read(file)) && !/\blawful\(/.test(read(file)))
    expect(past).toEqual([])
  })
})

test('every problem has a name in one table only, and a sentence', () => {
  expect(new Set(PROBLEM_NAMES).size).toBe(PROBLEM_NAMES.length)
  for (const name of PROBLEM_NAMES) expect(problemKind(name).says).toMatch(/\.$/)
})

const filesBelow = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
