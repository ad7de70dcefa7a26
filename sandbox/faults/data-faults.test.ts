import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { FAULT_KINDS } from '../mangle.ts'
import type { Sandbox } from '../server.ts'
import { assetOf, createTestClient, listAccounts, type Wire, type WireRow } from '../test-client.ts'
import { createReader, type Reader, startFaulty } from './test-raw.ts'

let sandbox: Sandbox
let reader: Reader
let people = 0

beforeAll(async () => {
  sandbox = await startFaulty()
})
beforeEach(async () => {
  people += 1
  reader = await createReader(sandbox, `reader-${people}`)
})
afterAll(() => sandbox.close())

const { paging, rows, text } = FAULT_KINDS
const rowsOf = (page: { body: Wire }) => page.body.trans_list ?? []
const raw = async () => (await reader.raw()).body.toString()

/** Two pages one after the other as long as all is well, and again with the fault. */
async function twoPages() {
  const good = [await reader.page()]
  good.push(await reader.page(good[0]!.body.next_page))
  expect(good.map((page) => rowsOf(page).length)).toEqual([3, 3])
  return good.map(rowsOf) as [WireRow[], WireRow[]]
}
async function twoFaulty(mangle: keyof typeof paging) {
  reader.play(mangle)
  const first = await reader.page()
  const second = await reader.page(first.body.next_page)
  return { first, second, rows: [rowsOf(first), rowsOf(second)] as [WireRow[], WireRow[]] }
}

const pages: Record<keyof typeof paging, () => Promise<void>> = {
  'same-cursor': async () => {
    const { first, second } = await twoFaulty('same-cursor')
    expect(second.body.next_page).toBe(first.body.next_page)
  },
  'endless-pages': async () => {
    reader.play('endless-pages')
    const seen: (string | undefined)[] = []
    const begins: WireRow[] = []
    let page = await reader.page()
    const [first] = rowsOf(page)
    // The whole list twice over: a month has fewer than 150 rows.
    for (let read = 0; read < 100 && begins.length < 2; read += 1) {
      seen.push(page.body.next_page)
      page = await reader.page(page.body.next_page)
      begins.push(...rowsOf(page).filter((row) => JSON.stringify(row) === JSON.stringify(first)))
    }
    expect(begins).toHaveLength(2)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).not.toContain(undefined)
  },
  'empty-page': async () => {
    const [, second] = await twoPages()
    const first = await reader.page()
    reader.play('empty-page', { times: 3 })
    let cursor = first.body.next_page
    for (let turn = 0; turn < 3; turn += 1) {
      const { body } = await reader.page(cursor)
      expect(body.trans_list).toEqual([])
      expect(body.next_page).not.toBe(cursor)
      cursor = body.next_page
    }
    expect(rowsOf(await reader.page(cursor))).toEqual(second)
  },
  'rows-doubled': async () => {
    const [good] = await twoPages()
    const { rows: faulty } = await twoFaulty('rows-doubled')
    expect(good.some(({ trans_no: number }) => number !== '')).toBe(true)
    expect(faulty[0]).toEqual(good.flatMap((row) => (row.trans_no === '' ? [row] : [row, row])))
  },
  'rows-overlapping': async () => {
    const [one, two] = await twoPages()
    expect((await twoFaulty('rows-overlapping')).rows).toEqual([one, [...one.slice(1), ...two]])
  },
  'rows-reordered': async () => {
    const [one, two] = await twoPages()
    expect((await twoFaulty('rows-reordered')).rows).toEqual([one.toReversed(), two.toReversed()])
  },
  'rows-moving': async () => {
    const [one, two] = await twoPages()
    const { rows: faulty, first } = await twoFaulty('rows-moving')
    expect(faulty).toEqual([one.slice(0, 2), [one[2], ...two.slice(0, 2)]])
    expect(rowsOf(await reader.page(first.body.next_page))).toEqual(faulty[1])
  },
  'rows-vanishing': async () => {
    const [one, two] = await twoPages()
    expect((await twoFaulty('rows-vanishing')).rows).toEqual([one, two.slice(1)])
  },
  'data-changes': async () => {
    const { person, institutionId } = reader.client
    const count = () =>
      sandbox.control
        .ledger({ person, institutionId })
        .accounts.reduce((sum, { transactions }) => sum + transactions.count, 0)
    const before = count()
    const good = await twoPages()
    expect((await twoFaulty('data-changes')).rows).toEqual(good)
    expect(count()).toBe(before + 1)
  },
}

const rowFaults: Record<keyof typeof rows, (good: WireRow[], faulty: WireRow[]) => void> = {
  'row-late': (good, faulty) => expect(faulty).toEqual(good.slice(1)),
  restated: (good, faulty) => {
    expect(faulty.slice(0, 2)).toEqual(good.slice(0, 2))
    expect(Number(faulty[2]?.trans_amt)).toBe(Number(good[2]?.trans_amt) + 1)
  },
  renumbered: (good, faulty) => {
    expect(faulty.map((row) => row.trans_no)).not.toEqual(good.map((row) => row.trans_no))
    expect(faulty.map((row) => row.trans_amt)).toEqual(good.map((row) => row.trans_amt))
  },
  nulls: (good, faulty) => {
    const gone = /_(num|id|no|amt|dtime)$/
    const nulled = (row: WireRow) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, gone.test(name) ? null : value]))
    expect(faulty[0]).toMatchObject({ trans_amt: null, trans_dtime: null, balance_amt: null })
    expect(faulty).toEqual(good.map(nulled))
  },
  'wrong-types': (good, faulty) =>
    expect(faulty[0]).toMatchObject({
      trans_amt: { value: good[0]?.trans_amt },
      trans_type: [good[0]?.trans_type],
    }),
  'unknown-fields': (good, faulty) =>
    expect(faulty).toEqual(good.map((row) => ({ ...row, new_field: { list: [1, null, '모아'] } }))),
}

const amount = (body: string, written: string) => {
  expect(body).toContain(`"trans_amt":${written},`)
  expect(body).not.toMatch(/"\w+_amt":"/)
}
const texts: Record<keyof typeof text, (body: string, good: string) => void> = {
  html: (body) => expect(body).toMatch(/^<html>/),
  empty: (body) => expect(body).toBe(''),
  malformed: (body, good) => {
    expect(good.slice(0, 40)).toBe(body.slice(0, 40))
    expect(() => JSON.parse(body)).toThrow()
  },
  nested: (body) => expect(body).toContain('['.repeat(10_000)),
  bom: (body, good) => expect([body.slice(0, 1), body.length]).toEqual(['\uFEFF', good.length + 1]),
  'duplicate-keys': (body) => {
    expect(body).toMatch(/"trans_amt":"1","trans_amt":"\d/)
    expect(body).toMatch(/^\{"rsp_code":"50001",.*"rsp_code":"00000"/)
  },
  prototype: (body) => {
    expect(body.match(/"__proto__":\{/g)).toHaveLength(4)
    expect(JSON.parse(body)).toMatchObject({ trans_cnt: '3' })
  },
  native: (body) => expect(body).toMatch(/"trans_amt":\d+,/),
  'not-a-number': (body) => amount(body, 'NaN'),
  'too-large': (body) => amount(body, '1e400'),
  'over-2-53': (body) => amount(body, '9007199254740993'),
  'minus-zero': (body) => amount(body, '-0'),
  'bad-currency': (body) => expect(body.match(/"currency_code":"₩₩₩"/g)).toHaveLength(3),
  'bad-dates': (body) => expect(body.match(/"trans_dtime":"20261341(256199)?"/g)).toHaveLength(3),
  'future-dates': (body) => expect(body.match(/"trans_dtime":"2099\d+"/g)).toHaveLength(3),
}

test.each(Object.entries(pages))('%s is what one sees who reads page by page', async (_, look) => {
  await look()
  expect(sandbox.control.violations().counts).toEqual({})
})

test.each(Object.entries(rowFaults))('%s is what rows show', async (mangle, look) => {
  const good = rowsOf(await reader.page())
  reader.play(mangle as keyof typeof rows, { times: 1 })
  look(good, rowsOf(await reader.page()))
  expect(rowsOf(await reader.page())).toEqual(good)
})

test.each(Object.entries(texts))('%s is what the body shows', async (mangle, look) => {
  const good = await raw()
  reader.play(mangle as keyof typeof text, { times: 1 })
  look(await raw(), good)
  // The cursor is another one each time.
  const rowsIn = (body: string) => body.slice(body.indexOf('trans_list'))
  expect(rowsIn(await raw())).toBe(rowsIn(good))
})

test('new-ids gives accounts other numbers with each consent, and reads them by these', async () => {
  const { person, institutionId } = reader.client
  const [own] = await listAccounts(reader.client)
  const renamed = async () => {
    const client = createTestClient(sandbox, person, institutionId)
    sandbox.control.behaviour({ institutionId, person, mangle: 'new-ids' })
    const [account] = await listAccounts(client)
    const { account_num: _, ...asked } = reader.asked as Record<string, string>
    const page = await client.post('/v2/bank/accounts/deposit/transactions', {
      ...asked,
      ...assetOf(account!),
    })
    return { number: account?.account_num, rows: page.body.trans_list }
  }
  const [first, second] = [await renamed(), await renamed()]
  expect(new Set([own?.account_num, first.number, second.number]).size).toBe(3)
  expect(first.number).toMatch(/^999\d+$/)
  expect(second.rows).toEqual(first.rows)
  expect(sandbox.control.violations().counts).toEqual({})
})

test('token-of-another gives a token that reads a stranger', async () => {
  const { issued, person } = reader.client
  sandbox.control.behaviour({
    institutionId: 'SBXBANK001',
    person,
    mangle: 'token-of-another',
    api: 'oauth-token',
  })
  const form = { grant_type: 'refresh_token', refresh_token: issued.refreshToken }
  const mine = await listAccounts(reader.client)
  const { access_token = '' } = (await reader.client.form('/oauth/2.0/token', form)).body
  reader.client.auth.token = access_token
  const theirs = await listAccounts(reader.client)
  expect(theirs.map(({ account_num }) => account_num)).not.toEqual(mine.map(({ account_num }) => account_num))
  expect(sandbox.control.calls().at(-1)?.person).toBe('stranger')
})
