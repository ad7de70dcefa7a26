import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

import { openApiOf } from '../../api/openapi/document.ts'
import { auditQuery } from '../../api/operator/routes/audit.ts'
import { overviewQuery } from '../../api/operator/routes/overview.ts'
import { refreshesQuery } from '../../api/operator/routes/refreshes.ts'
import { storyQuery } from '../../api/operator/routes/story.ts'
import { ROUTES } from '../../api/routes.ts'
import type { Transactions } from '../../clients/moa-api.ts'
import { createTestMoa, type TestMoa } from './moa.ts'
import { CORPUS } from './support-doors/corpus.ts'
import { type Doors, type Listener, openDoors } from './support-doors/doors.ts'
import { createPeople, digestOf, type Victim } from './support-doors/people.ts'
import { createSteps } from './support/person.ts'
import { makeReading } from './support/readings.ts'

// Any text through every parameter of both listeners: refused, or taken as the text it is. Nothing breaks, nothing is
// repeated, and nobody's rows change.
let moa: TestMoa
let doors: Doors
let victim: Victim
let tokens: Record<Listener, string>

beforeAll(async () => {
  moa = await createTestMoa()
  doors = await openDoors(moa)
  victim = await createPeople(moa, doors).makeVictim('PALIMPSEST', ['SHARED0001'])
  tokens = { users: victim.token, operators: await doors.tokens.operator(['operator']) }
})

afterAll(async () => {
  await doors.close()
  await moa.close()
})

/** A name that no schema has: it is refused whatever its value. */
const UNHEARD_OF = 'unheardOf'

type Place = 'path' | 'query' | 'header' | 'body'
type Parameter = {
  listener: Listener
  method: string
  path: string
  place: Place
  name: string
  /** A good body, where there is one. */
  body?: object
}

/** Headers that are read without being named as parameters: by what stands before all routes, and by streams. */
const UNNAMED: Record<string, readonly string[]> = {
  '/v1/me/snapshot': ['x-request-id', 'accept', 'x-forwarded-for'],
  '/v1/me/stream': ['last-event-id'],
  '/v1/me/refreshes/{refreshNo}/stream': ['last-event-id'],
}
const ORDERS = ['cancel', 'resume', 'excuse'].map(
  (verb) => `/v1/operator/refreshes/{userKey}/{refreshNo}/${verb}`,
)
const RECOVERED = '/v1/operator/institutions/{institutionId}/recovered'
const STORY = '/v1/operator/refreshes/{userKey}/{refreshNo}'

const ofUsers = (): Parameter[] =>
  ROUTES.flatMap(({ spec: { method, path, body } }) => {
    const operation = openApiOf(ROUTES).paths[path]![method]!
    const named = operation['parameters'] as { in: Place; name: string }[]
    const parameters: { place: Place; name: string }[] = [
      ...named.map(({ in: place, name }) => ({ place, name })),
      ...(UNNAMED[path] ?? []).map((name) => ({ place: 'header' as const, name })),
      ...(body ? fieldsOf(z.toJSONSchema(body.schema)) : []).map((name) => ({
        place: 'body' as const,
        name,
      })),
      { place: body ? ('body' as const) : ('query' as const), name: UNHEARD_OF },
    ]
    const given = { listener: 'users' as const, method: method.toUpperCase(), path }
    return parameters.map((parameter) => ({
      ...given,
      ...parameter,
      ...(body ? { body: body.example as object } : {}),
    }))
  })

/** Every name that a body may have at its first level, whichever of its forms it takes. */
function fieldsOf(schema: z.core.JSONSchema.BaseSchema): string[] {
  const forms = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  const named = forms.flatMap((form) => (typeof form === 'object' ? Object.keys(form.properties ?? {}) : []))
  return [...new Set(named)]
}

const ofOperators = (): Parameter[] => {
  const queries = {
    '/v1/operator/overview': overviewQuery,
    '/v1/operator/refreshes': refreshesQuery,
    '/v1/operator/audit': auditQuery,
    [STORY]: storyQuery,
  }
  const read = Object.entries(queries).flatMap(([path, schema]) =>
    [...Object.keys(schema.shape), UNHEARD_OF].map(
      (name) => ({ path, method: 'GET', place: 'query', name }) as const,
    ),
  )
  const written = [...ORDERS, RECOVERED].flatMap((path) =>
    ['why', 'institutions', UNHEARD_OF].map(
      (name) => ({ path, method: 'POST', place: 'body', name }) as const,
    ),
  )
  const named = [STORY, ...ORDERS, RECOVERED].flatMap((path) =>
    [...path.matchAll(/\{(\w+)\}/g)].map(
      ([, name]) => ({ path, method: path === STORY ? 'GET' : 'POST', place: 'path', name: name! }) as const,
    ),
  )
  return [...read, ...written, ...named].map((parameter) => ({
    listener: 'operators',
    ...parameter,
    ...(parameter.method === 'POST' ? { body: { why: 'a test of injections' } } : {}),
  }))
}

/** One request with the text in that place, and good values in all others; null where HTTP cannot carry it. */
async function send({ listener, method, path, place, name, body }: Parameter, text: string) {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, part: string) =>
    part === name
      ? encodeURIComponent(text)
      : part === 'userKey'
        ? 'nobody'
        : part.endsWith('No')
          ? '1'
          : 'NOBODY0001',
  )
  const query = place === 'query' ? `?${name}=${encodeURIComponent(text)}` : ''
  const headers = {
    'idempotency-key': `key-${Math.random()}`,
    ...(place === 'header' ? { [name]: text } : {}),
  }
  if (place === 'header' && !isHeader(text)) return null
  const stopping = new AbortController()
  const answer = await doors.ask(listener, `${filled}${query}`, {
    method,
    token: tokens[listener],
    headers,
    signal: stopping.signal,
    ...(body ? { body: place === 'body' ? { ...body, [name]: text } : body } : {}),
  })
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  const shown = isStream ? '' : await answer.text()
  stopping.abort()
  return { status: answer.status, shown, headers: [...answer.headers.values()].join('\n') }
}

/** What a header may hold, and a client sends as it is. */
const isHeader = (text: string): boolean =>
  /^[\x21-\x7e\xa0-\xff](?:[\t\x20-\x7e\xa0-\xff]*[\x21-\x7e\xa0-\xff])?$/.test(text)

// Taken, taken and done, known already, not as documented, not a client's, not there, refused by the state of things.
const GOOD = new Set([200, 202, 204, 304, 400, 403, 404, 406, 409, 413, 414, 422, 431])

const ALL: readonly Parameter[] = [...ofUsers(), ...ofOperators()]

describe.each(ALL.map((one) => [`${one.method} ${one.path}`, one] as const))('%s', (_, parameter) => {
  test(`takes any text as ${parameter.place} ${parameter.name}, or refuses it, and repeats none of it`, async () => {
    const { length: people } = await moa.test.owner`SELECT FROM users`
    const wrong: string[] = []
    for (const [what, text] of corpusFor(parameter)) {
      const answer = await send(parameter, text)
      if (answer === null) continue
      if (!isGood(parameter, answer.status))
        wrong.push(`${what}: ${answer.status} ${answer.shown.slice(0, 200)}`)
      if (isTelling(text) && (answer.shown.includes(text) || answer.headers.includes(text)))
        wrong.push(`${what}: is repeated`)
    }
    expect(wrong).toEqual([])
    expect((await moa.test.owner`SELECT FROM users`).length).toBe(people)
  })
})

/** What watches a process may add what it likes to the address. */
const isGood = ({ name, path }: Parameter, status: number): boolean =>
  name === UNHEARD_OF && !['/healthz', '/readyz'].includes(path) ? status === 400 : GOOD.has(status)

/** All of it where a name comes first; where it comes again the same schema reads it, and a few texts show that it does. */
function corpusFor({ listener, place, name, method, path }: Parameter): typeof CORPUS {
  const first = ALL.find((one) => one.listener === listener && one.place === place && one.name === name)!
  const isFirst = first.method === method && first.path === path
  return isFirst ? CORPUS : CORPUS.filter((_, at) => at % 9 === 4)
}

/** Long and odd enough to stand in no answer by itself. */
const isTelling = (text: string): boolean => text.length >= 5 && /[^\w.:+-]/.test(text)

test('after all of that nobody’s data has changed but by the events that were taken', async () => {
  const before = await digestOf(moa, victim.userId)
  for (const [, text] of CORPUS)
    await doors.ask('users', `/v1/me/transactions?text=${encodeURIComponent(text)}`, { token: victim.token })
  expect(await digestOf(moa, victim.userId)).toBe(before)
})

test('what an operator gives as a reason is told by the audit as it was given, or was refused', async () => {
  const { userKey, openNo } = victim
  const asked = { token: tokens.operators }
  const given: string[] = []
  for (const [, why] of CORPUS) {
    const path = `/v1/operator/refreshes/${userKey}/${openNo}/resume`
    const answer = await doors.ask('operators', path, { ...asked, method: 'POST', body: { why } })
    // Obeyed or not: both are written down.
    expect([200, 400, 409]).toContain(answer.status)
    if (answer.status !== 400) given.push(why.trim())
  }
  const audit = await doors.ask(
    'operators',
    `/v1/operator/audit?userKey=${userKey}&action=refresh.resume&limit=100`,
    asked,
  )
  const { entries } = (await audit.json()) as { entries: { reason: string }[] }
  expect(given.length).toBeGreaterThan(30)
  expect(entries.map(({ reason }) => reason).toReversed()).toEqual(given)
})

describe('what an institution wrote', () => {
  // What the database can keep, and connectors hand on: no NUL, a hundred characters.
  const kept = CORPUS.filter(([, text]) => text !== '' && text.length <= 100 && !text.includes('\0'))
  let rows: Transactions['transactions']
  let token: string

  beforeAll(async () => {
    const steps = createSteps(moa)
    const { userId, refreshNo } = await steps.enrolWithConsents(['ODD0000001'])
    await moa.worker.refreshes.begin(userId, refreshNo, 'run')
    const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'ODD0000001')
    const bookings = kept.map(([, description], no) => ({
      no,
      on: '2026-02-03',
      amount: no + 1,
      description,
    }))
    await steps.apply(
      ref,
      attempt,
      makeReading([{ name: "'; DROP TABLE accounts; --", amount: 1, bookings }]),
    )
    await steps.cutAndPublish(userId, refreshNo, 1)
    const [row] = await moa.test.owner<
      [{ subject: string }]
    >`SELECT subject FROM users WHERE user_id = ${userId}`
    token = await doors.tokens.of(row.subject)
    rows = await find('limit=200')
  })

  async function find(query: string): Promise<Transactions['transactions']> {
    const answer = await doors.ask('users', `/v1/me/transactions?${query}`, { token })
    expect([query, answer.status]).toEqual([query, 200])
    const page: Transactions = JSON.parse(await answer.text())
    return page.transactions
  }

  test.each(kept)('is shown as it was written: %s', (_, text) => {
    expect(rows.map(({ description }) => description)).toContain(text)
  })

  test.each(kept.filter(([, text]) => text.length <= 64))(
    'is found by itself, and nothing else is: %s',
    async (_, text) => {
      const found = await find(`limit=200&text=${encodeURIComponent(text)}`)
      const descriptions = found.map(({ description }) => description!)
      expect(descriptions).toContain(text)
      const folded = (given: string) => given.normalize('NFC').toLowerCase()
      expect(descriptions.filter((one) => !folded(one).includes(folded(text)))).toEqual([])
    },
  )
})
