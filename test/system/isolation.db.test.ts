import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createTestMoa, type TestMoa } from './moa.ts'
import { type Asking, type Doors, type Listener, openDoors } from './support-doors/doors.ts'
import { type Ask, OPERATOR_ROWS, USER_ROWS } from './support-doors/matrix.ts'
import { operatorOperations, userOperations } from './support-doors/operations.ts'
import { createPeople, digestOf, type Plain, type Victim } from './support-doors/people.ts'
import { recording } from './support-doors/recording.ts'

// Every operation of both listeners, asked by whoever should not see or do it. The rows stand in support-doors/matrix.ts.
let moa: TestMoa
let doors: Doors
let statements: string[]
let victim: Victim
/** Somebody else, with less of everything, and one institution in common. */
let other: Plain
/** Whom operators may order about. */
let spare: Victim

beforeAll(async () => {
  moa = await createTestMoa()
  const recorded = recording(moa.databases.api)
  statements = recorded.statements
  doors = await openDoors(moa, { api: recorded.database, operator: moa.databases.operator })
  const people = createPeople(moa, doors)
  victim = await people.makeVictim('PALIMPSEST', ['SHARED0001', 'ONLYA00001'])
  spare = await people.makeVictim('QUIXOTRY', ['SPARE00002', 'SPARE00001'])
  other = await people.publish('OTHER', ['SHARED0001'], 1)
  // A process reads each person's key once; here before statements are compared.
  const unknown = { state: 'x', error: 'access_denied' }
  await doors.ask('users', '/v1/me/consents/callback', { method: 'POST', token: other.token, body: unknown })
})

afterAll(async () => {
  await doors.close()
  await moa.close()
})

const methodOf = (operation: string): string => operation.split(' ')[0]!

/** Asks, and gives what can be compared: without ids of requests and events, and without clocks. */
async function asked(listener: Listener, operation: string, ask: Ask, token: string | null) {
  const { path, ...rest } = ask
  const stopping = new AbortController()
  const asking: Asking = { method: methodOf(operation), token, ...rest }
  const answer = await doors.ask(listener, path, { ...asking, signal: stopping.signal })
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  const text = isStream ? await firstEvents(answer) : await answer.text()
  stopping.abort()
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !CHANGING.has(name)))
  return { status: answer.status, headers, text: text.replaceAll(IDS, '$1"…"'), whole: text }
}

// The length is that of ids, the ETag that of the address.
const CHANGING = new Set(['date', 'x-request-id', 'content-length', 'etag'])
const IDS = /("(?:requestId|eventId)":|retry: )(?:"[^"]*"|\d+)/g

/** What a stream tells whoever has just come. */
async function firstEvents(answer: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body!) {
    text += decoder.decode(chunk, { stream: true })
    if (/event: (refresh|nothing)\n[\s\S]*\n\n/.test(text)) break
  }
  return text
}

const wordsSeen = (text: string, words = victim.words): string[] =>
  words.filter((word) => text.includes(word))

/** Whatever is done in between changes nothing of the victim's. */
async function changingNothing(work: () => Promise<void>): Promise<void> {
  const before = await digestOf(moa, victim.userId)
  await work()
  expect(await digestOf(moa, victim.userId)).toBe(before)
}

test('every operation of both listeners has a row in the matrix', () => {
  expect(Object.keys(USER_ROWS).toSorted()).toEqual(userOperations())
  expect(Object.keys(OPERATOR_ROWS).toSorted()).toEqual(operatorOperations())
})

test('there is something to be seen: its owner sees it, and what changes shows in the digest', async () => {
  const seen = new Set<string>()
  for (const [operation, { own }] of Object.entries(USER_ROWS)) {
    const { status, whole } = await asked('users', operation, own(spare), spare.token)
    expect([operation, [200, 201, 202].includes(status)]).toEqual([operation, true])
    for (const word of wordsSeen(whole, spare.words)) seen.add(word)
  }
  // Account, institution, description and transaction; neither their key, nor their subject, nor the key of an event.
  expect(spare.words.filter((word) => seen.has(word))).toEqual(spare.words.slice(0, 4))
  const before = await digestOf(moa, spare.userId)
  await asked('users', 'POST /v1/events', USER_ROWS['POST /v1/events']!.own(spare), spare.token)
  expect(await digestOf(moa, spare.userId)).not.toBe(before)
})

describe.each(Object.entries(USER_ROWS))('%s', (operation, { access, own }) => {
  test('opens to nobody but its members', () =>
    changingNothing(async () => {
      const { tokens } = doors
      const callers: [string, string | null, number][] = [
        ['anonymous', null, 401],
        ['an expired token of the owner', await tokens.expired(victim.subject), 401],
        ['an operator', await tokens.operator(['operator']), 401],
        ['an operator under the owner’s name', await tokens.operator(['operator'], victim.subject), 401],
        ['a viewer', await tokens.operator(['viewer']), 401],
        ['somebody who never enrolled', await tokens.of('nobody-at-all'), 403],
      ]
      for (const [who, token, refused] of callers) {
        const { status, whole } = await asked('users', operation, own(victim), token)
        expect([who, status]).toEqual([who, access === 'anyone' ? 200 : refused])
        expect([who, wordsSeen(whole)]).toEqual([who, []])
      }
    }))

  test('answers another as if it were nobody’s, by the same statements, and changes nothing', () =>
    changingNothing(() => answersAlike(operation)))

  test('shows another their own, whatever of somebody else’s they bring', () =>
    changingNothing(() => makesNoDifference(operation)))
})

async function answersAlike(operation: string): Promise<void> {
  for (const [what, theirs, nobodys] of USER_ROWS[operation]!.alike?.(victim) ?? []) {
    const [first, second] = [await counted(operation, theirs), await counted(operation, nobodys)]
    const { whole, ...seen } = first
    expect([what, seen.statements.length > 0]).toEqual([what, true])
    expect([what, seen]).toEqual([what, { ...second, whole: undefined }])
    expect([what, wordsSeen(whole)]).toEqual([what, []])
  }
}

async function makesNoDifference(operation: string): Promise<void> {
  const { access, own, same } = USER_ROWS[operation]!
  for (const [what, brought, plain] of same?.(victim) ?? []) {
    const [first, second] = [await counted(operation, brought), await counted(operation, plain)]
    expect([what, first.status, first.text]).toEqual([what, second.status, second.text])
    expect([what, [200, 201, 202].includes(first.status), wordsSeen(first.whole)]).toEqual([what, true, []])
  }
  if (access === 'member') expect(wordsSeen((await counted(operation, own(victim))).whole)).toEqual([])
}

/** As the other person, with the statements that it took. Whoever looks for changes now and then is not meant. */
async function counted(operation: string, ask: Ask) {
  statements.length = 0
  const answer = await asked('users', operation, ask, other.token)
  return { ...answer, statements: statements.filter((one) => !one.includes('change_marks')) }
}

describe.each(Object.entries(OPERATOR_ROWS))(
  'the operators’ %s',
  (operation, { access, ask, answer: form }) => {
    test('opens to its roles alone, and shows nobody’s holdings', () =>
      changingNothing(async () => {
        const { tokens } = doors
        const callers: [string, string | null, number][] = [
          ['anonymous', null, 401],
          ['an expired token of an operator', await tokens.expiredOperator(), 401],
          ['the user themselves', victim.token, 401],
          ['a token without a role', await tokens.operator([]), 403],
          ['a token with roles of others', await tokens.operator(['admin', 'operators', 'Operator']), 403],
          ['a viewer', await tokens.operator(['viewer']), access === 'operator' ? 403 : 200],
          ...(access === 'operator'
            ? []
            : ([['an operator', await tokens.operator(['operator']), 200]] as [string, string, number][])),
        ]
        for (const [who, token, status] of callers) {
          const answer = await asked('operators', operation, ask(victim), token)
          expect([who, answer.status]).toEqual([who, access === 'anyone' ? 200 : status])
          const [mark, , account, transaction, , subject, key] = victim.words
          const personal = [mark, account, transaction, subject, key].filter((word) => word !== undefined)
          expect([who, wordsSeen(answer.whole, personal)]).toEqual([who, []])
        }
      }))

    test('is not refused to an operator, and answers in its form alone', async () => {
      const token = await doors.tokens.operator(['operator'])
      const { status, whole } = await asked('operators', operation, ask(spare), token)
      expect([200, 409]).toContain(status)
      if (form) expect(form.safeParse(JSON.parse(whole)).error).toBeUndefined()
    })
  },
)

test('every query names whose rows it wants: all of that holds where row-level security is off', async () => {
  const { owner } = moa.test
  const tables = await owner<{ name: string }[]>`
    SELECT relname AS name FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace`
  expect(tables.length).toBeGreaterThan(20)
  for (const { name } of tables) await owner`ALTER TABLE ${owner(name)} DISABLE ROW LEVEL SECURITY`
  await changingNothing(async () => {
    for (const operation of Object.keys(USER_ROWS)) {
      await answersAlike(operation)
      await makesNoDifference(operation)
    }
  })
})
