import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type CredentialPlace, openCredential } from '../../db/sealed-credentials.ts'
import type { Log } from '../../log.ts'
import { presentable } from '../../worker/named-failures.ts'
import { refreshWorkflowId } from '../../workflows/contract.ts'
import { makeGrant } from './moa.ts'
import { press, tell } from './support-e2e/asking.ts'
import { openEngine, sdkLog } from './support-e2e/engine.ts'
import { createGates } from './support-e2e/gates.ts'
import { grantCode } from './support-e2e/grant-code.ts'
import { type ProcessWorld, startProcessWorld } from './support-e2e/processes.ts'
import { everythingSaid, everyRow } from './support-e2e/traces.ts'
import { closed, type Person, startWorld, until, type World } from './world.ts'

type CredentialRows = CredentialPlace & { access: Buffer; refresh: Buffer }

/** What must turn up nowhere but where it belongs. */
const ACCOUNT = '98765432101234'
const MEMO = 'CANARY-MEMO-5f1c'
const ANSWERED = 'CANARY-ANSWER-77ab'

describe('what is personal, in real processes that say all they can', () => {
  let world: ProcessWorld
  let person: Person
  let secrets: string[]
  let bank: Awaited<ReturnType<typeof startTalkativeBank>>
  const said: string[] = []

  beforeAll(async () => {
    world = await startProcessWorld()
    bank = await startTalkativeBank()
    await world.moa.api.institutions.register([
      { institutionId: 'TALKATIVE', industry: 'bank', name: 'Talkative', baseUrl: bank.url },
    ])
    const { control } = world.sandbox
    const institutionIds = ['SBXBANK001', 'SBXBANK002']
    const issued = control.consents({ person: 'canary', institutionIds })
    control.plant({ person: 'canary', institutionId: 'SBXBANK001', accountNum: ACCOUNT, memo: MEMO })
    const { userId, userKey } = await world.moa.api.users.enrol('https://test', 'canary')
    person = { userId, userKey, person: 'canary', refreshNo: 1 }
    for (const tokens of issued)
      await world.moa.api.consents.grant(userId, makeGrant(tokens.institutionId, tokens))
    secrets = [ACCOUNT, ...issued.flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken])]

    const worker = await world.startWorker({ LOG_LEVEL: 'debug' })
    const api = await world.startApi({ LOG_LEVEL: 'debug' })
    await tell(world, person, 'consent.granted')
    expect((await closed(world, userId, 1)).state).toBe('succeeded')
    await renewTokens()
    await lookAtEverything(api)
    await fail(userId)
    await lookAtEverything(api)
    said.push(...worker.lines, ...api.lines)
  })
  afterAll(async () => {
    await world.close()
    await bank.close()
  })

  /** One token ends and is renewed with its refresh token; in the place of the other there is a code to be exchanged. */
  async function renewTokens(): Promise<void> {
    const { control } = world.sandbox
    control.tokenRules({ institutionId: '*', rotation: 'strict' })
    control.expireAccess({ person: 'canary', institutionId: 'SBXBANK001' })
    secrets.push(...(await grantCode(world, person, 'SBXBANK002')))
    expect((await closed(world, person.userId, await press(world, person))).state).toBe('succeeded')
    const sealer = await world.moa.keys.of(person.userId)
    const rows = await world.moa.test.owner<CredentialRows[]>`
      SELECT user_id::int AS "userId", institution_id AS "institutionId", generation, version,
        access_token_sealed AS access, refresh_token_sealed AS refresh
      FROM credentials WHERE user_id = ${person.userId}`
    expect(rows.map(({ version }) => version)).toEqual([2, 2])
    for (const row of rows) {
      secrets.push(openCredential(sealer, row, 'access_token', row.access))
      secrets.push(openCredential(sealer, row, 'refresh_token', row.refresh))
    }
  }

  /** Every way of failing that may quote what it was about. */
  async function fail(userId: number): Promise<void> {
    const { owner } = world.moa.test
    const { control } = world.sandbox
    // A row that the database refuses: PostgreSQL quotes it whole, the driver keeps its parameters.
    await owner.unsafe(
      `ALTER TABLE transactions ADD CONSTRAINT nothing_new CHECK (description <> '${MEMO}-2') NOT VALID`,
    )
    control.transactions({ person: 'canary', institutionId: 'SBXBANK001', count: 1, memo: `${MEMO}-2` })
    // An error that the database raises with all of the row in its words, on several lines.
    await owner.unsafe(`
      CREATE FUNCTION quote_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.description = '${MEMO}-3' THEN
          RAISE EXCEPTION E'refused %\\n    at % (%)', NEW.description, NEW.description, NEW.amount
            USING DETAIL = NEW.description, HINT = NEW.description;
        END IF;
        RETURN NEW; END $$`)
    await owner.unsafe(
      'CREATE TRIGGER quoting BEFORE INSERT ON transactions FOR EACH ROW EXECUTE FUNCTION quote_it()',
    )
    control.transactions({ person: 'canary', institutionId: 'SBXBANK002', count: 1, memo: `${MEMO}-3` })
    secrets.push(bank.token)
    const granted = await world.moa.api.consents.grant(
      userId,
      makeGrant('TALKATIVE', { accessToken: bank.token, refreshToken: `${bank.token}-refresh` }),
    )
    expect(granted.outcome).toBe('started')
    await press(world, { ...person, refreshNo: 3 })
    const refused = await failedAgain(userId, 0)
    expect(refused.readings.map(({ failure }) => failure)).toEqual([
      'Unexpected',
      'Unexpected',
      'UnexpectedResponse',
    ])

    await owner.unsafe(
      'ALTER TABLE transactions DROP CONSTRAINT nothing_new; DROP TRIGGER quoting ON transactions',
    )
    for (const words of bank.ways.slice(1)) {
      bank.say(words)
      const before = await triesOf(userId)
      await tryAgain(userId)
      const answered = await failedAgain(userId, before)
      expect(
        answered.readings.map(({ institutionId, failure }) => [institutionId, failure !== null]),
      ).toEqual([
        ['SBXBANK001', false],
        ['SBXBANK002', false],
        ['TALKATIVE', true],
      ])
    }
  }

  const triesOf = async (userId: number): Promise<number> => {
    const [row] = await world.moa.test.owner<{ tries: number }[]>`
      SELECT count(*)::int AS tries FROM attempts WHERE user_id = ${userId} AND institution_id = 'TALKATIVE'`
    return row!.tries
  }
  const newestOf = async (userId: number) => {
    const [row] = await world.moa.test.owner<{ no: number }[]>`
      SELECT max(refresh_no) AS no FROM refreshes WHERE user_id = ${userId}`
    return (await world.moa.api.progress.of(userId, row!.no))!
  }

  /** The newest refresh once TALKATIVE was tried again in vain, and it waits for it or has ended without. */
  const failedAgain = (userId: number, before: number) =>
    until('TALKATIVE to have failed again', async () => {
      // In this order: read before its try began, it may be parked still, and its row pending.
      if ((await triesOf(userId)) <= before) return null
      const refresh = await newestOf(userId)
      return refresh.closedAt !== null || refresh.state === 'parked' ? refresh : null
    })

  /** By an operator where a refresh waits: a user's button may not be pressed that often. */
  async function tryAgain(userId: number): Promise<void> {
    const refresh = await newestOf(userId)
    if (refresh.closedAt) return void (await press(world, { ...person, refreshNo: refresh.refreshNo }))
    const order = { verb: 'resume', institutionIds: null, by: 'kim', why: 'a test', via: 'operator' } as const
    expect((await world.moa.orders.give(userId, refresh.refreshNo, order)).outcome).toBe('done')
    await world.runs.hint({ ...person, refreshNo: refresh.refreshNo })
  }

  /** Whatever the API can say of it to its owner, right and wrong. */
  async function lookAtEverything(api: Awaited<ReturnType<ProcessWorld['startApi']>>): Promise<void> {
    const answers = await Promise.all(
      [
        '/v1/me/snapshot',
        '/v1/me/transactions',
        '/v1/me/accounts',
        '/v1/me/spending',
        '/v1/me/insights',
        '/v1/me/refreshes/1',
        `/v1/me/transactions?cursor=${MEMO}`,
        `/v1/me/transactions?text=${MEMO}`,
        `/v1/me/refreshes/${ACCOUNT}`,
        `/v1/${MEMO}`,
        `/v1/me/snapshot?account=${ACCOUNT}`,
      ].map((path) => api.ask('canary', path)),
    )
    expect(answers.some(({ status }) => status === 200)).toBe(true)
    await api.ask('canary', '/v1/events', {
      method: 'POST',
      headers: { authorization: `Bearer ${secrets[1]}`, 'content-type': 'application/json' },
      body: `{"type": "${MEMO}", "${ACCOUNT}": `,
    })
  }

  test('was there to be found: the memo is in its column, and nowhere else in any table', async () => {
    const rows = await everyRow(world.moa.test.owner)
    const withMemo = rows.filter(({ text }) => text.includes(MEMO))
    expect([...new Set(withMemo.map(({ table }) => table))]).toEqual(['transactions'])
    const withoutDescription = withMemo.map(({ row }) => JSON.stringify({ ...row, description: null }))
    expect(withoutDescription.filter((text) => text.includes(MEMO))).toEqual([])
    expect(withMemo.length).toBeGreaterThanOrEqual(3)
  })

  test('account numbers and tokens stand in no column of any table in the clear', async () => {
    const rows = await everyRow(world.moa.test.owner)
    expect(rows.length).toBeGreaterThan(1_000)
    const leaks = rows.filter(({ text }) => [...secrets, ANSWERED].some((secret) => isIn(text, secret)))
    expect(leaks.map(({ table, text }) => `${table}: ${text}`)).toEqual([])
  })

  test('nothing of it is in any history, search attribute or memo of the engine', async () => {
    const engine = await openEngine(world.engine)
    const traces = await everythingSaid(engine)
    await engine.close()
    expect(traces.runs).toBeGreaterThanOrEqual(3)
    expect(traces.text).toContain(refreshWorkflowId(person))
    expect(traces.text).toContain('expected') // messages of our own failures are there, decoded
    expect(leaksIn(traces.text)).toEqual([])
  })

  test('nothing of it is in any line that worker or API wrote', () => {
    const text = said.join('\n')
    expect(text).toContain('an activity failed with an error that has no name')
    expect(text).toContain('"msg":"request"')
    expect(leaksIn(text)).toEqual([])
  })

  const leaksIn = (text: string) => [MEMO, ANSWERED, ...secrets].filter((secret) => isIn(text, secret))
})

/** As it is, in hexadecimal as PostgreSQL shows bytes, and in base64. */
const isIn = (text: string, secret: string): boolean =>
  text.includes(secret) ||
  text.includes(Buffer.from(secret).toString('hex')) ||
  text.includes(Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1))

test('an exception that nobody expected leaves its words in no history and no log', async () => {
  const gates = createGates()
  const world: World = await startWorld({ sandbox: { institutions: 1 }, failpoint: gates.failpoint })
  const engine = await openEngine()
  const person = await world.enrol('unexpected')
  const workflowId = refreshWorkflowId(person)
  const surprise = (at: string) =>
    gates.always(workflowId, at, async () => {
      const cause = new Error(`cause ${MEMO}`)
      const error = new TypeError(`cannot read ${MEMO}\n    at ${MEMO} (${ACCOUNT})`, { cause })
      throw Object.assign(error, { detail: MEMO, parameters: [ACCOUNT] })
    })
  surprise('reading.answered')
  surprise('snapshot.classified')
  await tell(world, person, 'consent.granted')
  const refresh = await closed(world, person.userId, person.refreshNo)
  expect(['incomplete', 'failed']).toContain(refresh.state)
  const { text } = await everythingSaid(engine, workflowId)
  const log = inspect(sdkLog, { depth: 12, maxArrayLength: null, maxStringLength: null })
  expect(text).toContain('unexpected failure; see the worker log')
  expect(log).toContain('unexpected failure; see the worker log')
  expect([text, log].filter((trace) => isIn(trace, MEMO) || isIn(trace, ACCOUNT))).toEqual([])
  await engine.close()
  await world.close()
})

/** A bank that repeats what it was asked, and more, in answers nobody can use. */
async function startTalkativeBank() {
  const token = `CANARY-TOKEN-${process.pid}-0123456789abcdef`
  const well = {
    rsp_code: '00000',
    rsp_msg: ANSWERED,
    search_timestamp: '20260101000000',
    reg_date: '20200101',
  }
  const ways: ((response: ServerResponse) => void)[] = [
    (response) => response.end(`{"rsp_code": "00000", "account_list": [${ANSWERED} ${token}`),
    (response) =>
      response.end(
        JSON.stringify({ ...well, account_cnt: '1', account_list: [{ account_num: { [ANSWERED]: token } }] }),
      ),
    (response) =>
      response.end(
        JSON.stringify({ ...well, [ANSWERED]: token, account_cnt: ANSWERED, account_list: ANSWERED }),
      ),
    (response) => response.writeHead(400).end(JSON.stringify({ rsp_code: ANSWERED, rsp_msg: token })),
    (response) => response.writeHead(403).end(`<html>${ANSWERED} ${token}</html>`),
    // Of whatever it is asked, for another token as well: from here on nothing is asked any more.
    (response) =>
      response.writeHead(401).end(
        JSON.stringify({
          rsp_code: '40101',
          error: 'invalid_grant',
          error_description: token,
          [ANSWERED]: token,
        }),
      ),
  ]
  let say = ways[0]!
  const server = createServer((request, response) => {
    response.setHeader('x-api-tran-id', request.headers['x-api-tran-id'] ?? '')
    response.setHeader('content-type', 'application/json')
    response.setHeader('x-quoted', `${ANSWERED} ${token}`)
    say(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/talkative`,
    token,
    ways,
    say: (words: (response: ServerResponse) => void) => {
      say = words
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('what is logged of such an exception says where it came from and nothing else', () => {
  const said: unknown[] = []
  const log = { error: (...facts: unknown[]) => said.push(facts) } as unknown as Log
  presentable(new TypeError(`cannot read ${MEMO}\n    at ${MEMO} (${ACCOUNT})`), 'a step', log)
  expect(JSON.stringify(said)).toContain('canaries.e2e.test.ts')
  expect(JSON.stringify(said)).not.toMatch(new RegExp(`${MEMO}|${ACCOUNT}`))
})
