import { readFileSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { DomainFailure } from '../../../domain/failures.ts'
import { httpFor, makeVisit, say, startInstitution, type TestInstitution } from '../../test-institution.ts'
import { createRowBudget } from '../paging.ts'
import { createBankApi } from './api.ts'

/*
 * Every example of the contract, as the sandbox keeps it, is read by the code that reads banks: the files, and those
 * that stand in the description of each operation.
 */

type Example = { name: string; path: string; status: number; body: unknown }

const contract = new URL('../../../sandbox/contract/', import.meta.url)
const load = (file: string) => readFileSync(new URL(file, contract), 'utf8')

const PREFIX = '/v2/bank/accounts'
const isRead = (path: string): boolean =>
  ['', '/deposit/basic', '/deposit/detail', '/deposit/transactions', '/loan/basic', '/loan/detail']
    .concat('/loan/transactions')
    .some((end) => path === `${PREFIX}${end}`)

const files = z
  .array(z.object({ file: z.string(), path: z.string(), status: z.number() }))
  .parse(JSON.parse(load('examples/index.json')))
  .map(({ file, path, status }): Example => ({
    name: file,
    path,
    status,
    body: JSON.parse(load(`examples/${file}`)),
  }))

const answer = z.object({
  content: z.object({
    'application/json': z.object({
      examples: z.record(z.string(), z.object({ value: z.unknown() })).default({}),
    }),
  }),
})
const reference = z.object({ $ref: z.string() })
const description = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) })),
  ),
  components: z.object({ responses: z.record(z.string(), answer) }),
})

const { paths, components } = description.parse(parse(load('openapi.yaml')))

const inline = Object.entries(paths)
  .filter(([path]) => isRead(path))
  .flatMap(([path, methods]) =>
    Object.values(methods).flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, response]) => examplesOf(path, Number(status), response)),
    ),
  )

function examplesOf(path: string, status: number, response: unknown): Example[] {
  const named = reference.safeParse(response)
  const shared = named.success ? components.responses[named.data.$ref.split('/').at(-1) ?? ''] : undefined
  const { examples } = (shared ?? answer.parse(response)).content['application/json']
  return Object.entries(examples).map(([name, { value }]) => ({
    name: `${path} ${status} ${name}`,
    path,
    status,
    body: value,
  }))
}

let bank: TestInstitution
let http: ReturnType<typeof httpFor>
beforeAll(async () => {
  bank = await startInstitution(() => {})
  http = httpFor(bank.institution)
})
afterAll(async () => {
  await http.close()
  await bank.close()
})

/** Reads one example by the call that it answers; a cursor in it is followed by an empty last page. */
async function readExample({ path, status, body }: Example): Promise<unknown> {
  const end = { rsp_code: '00000', trans_cnt: '0', trans_list: [], account_cnt: '0', account_list: [] }
  bank.behave((asked, response) => {
    if (asked.params['next_page'] !== undefined) return say(asked, response, end)
    return say(asked, response, JSON.stringify(body), status)
  })
  const api = createBankApi(makeVisit(bank.institution, http), createRowBudget())
  const key = { account_num: '1', seqno: null }
  const days = { from: '2026-11-01', to: '2026-11-22' }
  const since = '20261122101500'
  const readers: Record<string, () => Promise<unknown>> = {
    [PREFIX]: () => api.accounts(since),
    [`${PREFIX}/deposit/basic`]: () => api.depositBasic(key, since),
    [`${PREFIX}/deposit/detail`]: () => api.depositDetail(key, since),
    [`${PREFIX}/deposit/transactions`]: () => api.depositTransactions(key, days),
    [`${PREFIX}/loan/basic`]: () => api.loanBasic(key, since),
    [`${PREFIX}/loan/detail`]: () => api.loanDetail(key, since),
    [`${PREFIX}/loan/transactions`]: () => api.loanTransactions(key, days),
  }
  return readers[path]?.() ?? expect.fail(`no reader for ${path}`)
}

const named = (examples: readonly Example[]) => examples.map((example) => [example.name, example] as const)
const all = [...files.filter(({ path }) => isRead(path)), ...inline]
const codeOf = ({ body }: Example): unknown => Reflect.get(Object(body), 'rsp_code')
const isAnswer = (example: Example) => example.status === 200 || codeOf(example) === '40403'

describe('an example of the contract', () => {
  test('stands for each of the seven APIs, and for each error', () => {
    expect(new Set(inline.map(({ path }) => path)).size).toBe(7)
    expect(new Set(all.map(codeOf)).size).toBeGreaterThan(25)
  })

  test.each(named(all.filter(isAnswer)))('is read: %s', async (_name, example) => {
    const read = await readExample(example)
    const outcomes: Record<string, string> = { '00001': 'upToDate', '40403': 'nothingHeld' }
    expect(read).toMatchObject({ outcome: outcomes[String(codeOf(example))] ?? 'data' })
    const rows = Object.entries(Object(example.body)).find(([key]) =>
      /^(account|basic|detail|trans)_list$/.test(key),
    )
    if (rows) expect(Reflect.get(Object(read), 'rows')).toHaveLength(Object(rows[1]).length)
  })

  test.each(named(all.filter((example) => !isAnswer(example))))(
    'is a failure: %s',
    async (_name, example) => {
      const failure: unknown = await readExample(example).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(DomainFailure)
      expect(failure).not.toMatchObject({ type: 'UnexpectedResponse' })
      expect(failure).not.toMatchObject({ type: 'Unexpected' })
    },
  )
})
