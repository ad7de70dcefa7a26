import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ROUTES } from '../../api/routes.ts'
import type { Accounts, Insights, Snapshot, Spending, Transactions } from '../../clients/moa-api.ts'
import { tell } from './support-e2e/asking.ts'
import { type ProcessWorld, startProcessWorld } from './support-e2e/processes.ts'
import { closed } from './world.ts'

// The real API over HTTP, with people whose banks were really read. Every answer is judged by the API's own document.
let world: ProcessWorld
let api: Awaited<ReturnType<ProcessWorld['startApi']>>
let enrolled: Awaited<ReturnType<ProcessWorld['enrol']>>

/** Addresses of members' routes about what was read, with the number of a refresh that everybody has. */
const READS = ROUTES.map(({ spec }) => spec)
  .filter(({ access, method }) => access === 'member' && method === 'get')
  .filter(({ section }) => section === 'Snapshots' || section === 'Refreshes')
  .filter(({ answers }) => Object.values(answers).every(({ type }) => type === undefined)) // a stream does not end
  .map(({ path }) => path.replace('{refreshNo}', '1'))
const SNAPSHOT_READS = READS.filter((path) => !path.includes('refreshes'))

beforeAll(async () => {
  world = await startProcessWorld({ institutions: 2 })
  enrolled = await world.enrol('minji')
  const other = await world.enrol('other', ['SBXBANK002'])
  await world.enrol('empty', [])
  await world.startWorker()
  for (const person of [enrolled, other]) {
    await tell(world, person, 'consent.granted')
    expect((await closed(world, person.userId, person.refreshNo)).state).toBe('succeeded')
  }
  api = await world.startApi()
})

afterAll(() => world.close())

async function read<Body>(path: string, person = 'minji'): Promise<Body> {
  const answer = await api.ask(person, path)
  expect([path, answer.status]).toEqual([path, 200])
  const body: Body = JSON.parse(await answer.text())
  return body
}

/** Every transaction that a question finds, page by page. */
async function pages(query: string, person = 'minji') {
  const found: Transactions['transactions'] = []
  let cursor = ''
  for (;;) {
    const page: Transactions = await read(`/v1/me/transactions?limit=50${query}${cursor}`, person)
    found.push(...page.transactions)
    if (page.nextCursor === null) return found
    cursor = `&cursor=${page.nextCursor}`
  }
}

describe('one person', () => {
  test.each(READS)('of whom another reads nothing by %s', async (path) => {
    const mine = await (await api.ask('minji', path)).text()
    const theirs = await (await api.ask('other', path)).text()
    const shared = namesIn(mine).filter((name) => namesIn(theirs).includes(name))
    expect(shared).toEqual([])
    expect(mine).not.toBe(theirs)

    const [empty, anonymous, stranger] = [
      await api.ask('empty', path),
      await api.ask('minji', path, { headers: { authorization: '' } }),
      await api.ask('stranger', path),
    ]
    expect([empty.status, anonymous.status, stranger.status]).toEqual([404, 401, 403])
    expect(JSON.stringify([await empty.json(), await anonymous.json(), await stranger.json()])).not.toContain(
      'SBX',
    )
  })

  test('finds nothing of another by naming it, whatever the filter', async () => {
    const [mine] = (await read<Snapshot>('/v1/me/snapshot')).accounts
    expect(await pages(`&account=${mine!.accountKey}`, 'other')).toEqual([])
    expect(await pages(`&institution=SBXBANK001`, 'other')).toEqual([])
    const { kinds } = await read<Accounts>('/v1/me/accounts?institution=SBXBANK001', 'other')
    expect(kinds).toEqual([])
    const { nextCursor } = await read<Transactions>('/v1/me/transactions?limit=1')
    const borrowed = await read<Transactions>(`/v1/me/transactions?limit=1&cursor=${nextCursor}`, 'other')
    const theirs = new Set((await pages('', 'other')).map(({ id }) => id))
    expect(borrowed.transactions.filter(({ id }) => !theirs.has(id))).toEqual([])
  })
})

describe('one snapshot', () => {
  test('is told alike by every route, and 304 to whoever has it', async () => {
    const heads = await Promise.all(
      SNAPSHOT_READS.map(async (path) => {
        const { snapshotNo, status, publishedAt, coverage } = await read<Snapshot>(path)
        const etag = (await api.ask('minji', path)).headers.get('etag')!
        expect((await api.ask('minji', path, { headers: { 'if-none-match': etag } })).status).toBe(304)
        expect((await api.ask('other', path, { headers: { 'if-none-match': etag } })).status).toBe(200)
        return { snapshotNo, status, publishedAt, coverage }
      }),
    )
    expect(new Set(heads.map((head) => JSON.stringify(head))).size).toBe(1)
    expect(heads[0]).toMatchObject({ snapshotNo: 1, status: 'complete' })
  })

  test('is read as of its publication, and not before', async () => {
    const { publishedAt } = await read<Snapshot>('/v1/me/snapshot')
    const before = new Date(Date.parse(publishedAt) - 1).toISOString()
    for (const path of SNAPSHOT_READS) {
      expect((await read<Snapshot>(`${path}?as_of=${publishedAt}`)).snapshotNo).toBe(1)
      const answer = await api.ask('minji', `${path}?as_of=${before}`)
      expect([answer.status, await answer.json()]).toMatchObject([404, { title: 'NothingPublishedThen' }])
    }
  })

  test('has the same accounts and sums whichever way they are read', async () => {
    const snapshot = await read<Snapshot>('/v1/me/snapshot')
    const { kinds } = await read<Accounts>('/v1/me/accounts')
    const listed = kinds.flatMap(({ accounts }) => accounts)
    expect(listed.toSorted(byKey)).toEqual(snapshot.accounts.toSorted(byKey))
    const [deposits] = (await read<Accounts>('/v1/me/accounts?kind=deposit')).kinds
    expect(deposits).toEqual(kinds.find(({ kind }) => kind === 'deposit'))
  })

  test('has every transaction once, and each part of a division of them in one part only', async () => {
    const all = await pages('')
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    expect(all.length).toBeGreaterThan(200)
    for (const parts of [
      ['&institution=SBXBANK001', '&institution=SBXBANK002'],
      ['&from=2000-01-01&to=2026-06-30', '&from=2026-07-01'],
      ['&direction=in', '&direction=out'],
      ['&max_amount=10000', '&min_amount=10000.001'],
      [...new Set(all.map(({ category }) => category.split('.')[0]!))].map((group) => `&category=${group}`),
    ]) {
      const found = (await Promise.all(parts.map((part) => pages(part)))).flat()
      expect([parts, found.map(({ id }) => id).toSorted()]).toEqual([
        parts,
        all.map(({ id }) => id).toSorted(),
      ])
    }
  })

  test('shows spending that its own transactions add up to, and evidence that is among them', async () => {
    const { months, analysis, lineage } = await read<Spending>('/v1/me/spending')
    const all = await pages('')
    expect([analysis.state, lineage?.transactions]).toEqual(['made', all.length])
    expect(months!.length).toBeGreaterThan(6)
    const byId = new Map(all.map((row) => [row.id, row]))
    for (const { month, currency, categories, counterparties } of months!) {
      for (const { category, out, refunded, transactions, evidence } of categories) {
        const rows = all.filter(
          (row) => row.occurredOn.startsWith(month) && row.currency === currency && row.category === category,
        )
        const total = (direction: string) =>
          rows
            .filter((row) => row.direction === direction)
            .reduce((sum, { amount }) => sum + Number(amount), 0)
        expect([total('out'), total('in')]).toEqual([Number(out), Number(refunded)])
        expect([transactions, evidence.of]).toEqual([rows.length, rows.length])
        expect(evidence.transactions.filter((id) => !rows.some((row) => row.id === id))).toEqual([])
      }
      for (const { name, evidence } of counterparties)
        expect(byId.get(evidence.transactions[0]!)!.description!.replaceAll(/\s+/g, ' ').trim()).toBe(name)
    }
  })

  test('has insights whose evidence is among its transactions', async () => {
    const { insights, analysers } = await read<Insights>('/v1/me/insights')
    expect(analysers.map(({ state }) => state)).toEqual(['made', 'made', 'made'])
    expect(insights.map(({ kind }) => kind)).toContain('balances.net')
    const ids = new Set((await pages('')).map(({ id }) => id))
    expect(insights.flatMap(({ evidence }) => evidence.transactions).filter((id) => !ids.has(id))).toEqual([])
  })
})

test('after a deletion every route says what is gone, under another ETag', async () => {
  const etags = await Promise.all(
    SNAPSHOT_READS.map(async (path) => (await api.ask('minji', path)).headers.get('etag')),
  )
  await world.moa.api.consents.fenceRevoked(enrolled.userId, 'SBXBANK001', true)
  for (const [at, path] of SNAPSHOT_READS.entries()) {
    const answer = await api.ask('minji', path, { headers: { 'if-none-match': etags[at]! } })
    const text = await answer.text()
    expect([path, answer.status]).toEqual([path, 200])
    const { coverage }: Snapshot = JSON.parse(text)
    expect(coverage.map(({ state, reason }) => [state, reason?.name ?? null])).toEqual([
      ['absent', 'ConsentEnded'],
      ['fresh', null],
    ])
    expect(coverage[0]!.reason).toMatchObject({ acts: 'user', userMust: 'consent_again' })
    expect(text.replace(JSON.stringify(coverage), '')).not.toContain('SBXBANK001')
  }
  expect((await read<Spending>('/v1/me/spending')).analysis.state).toBe('recomputing')
  expect((await read<Insights>('/v1/me/insights')).analysers.map(({ state }) => state)).toEqual(
    Array(3).fill('recomputing'),
  )
})

/** Whatever names a row of a person: accounts, transactions, and the transactions behind a number. */
const namesIn = (text: string): string[] => [
  ...[...text.matchAll(/"(?:accountKey|id)":"([^"]+)"/g)].map(([, name]) => name!),
  ...[...text.matchAll(/"evidence":\{"transactions":\[([^\]]*)\]/g)].flatMap(
    ([, names]) => names!.match(/\d+/g) ?? [],
  ),
]

const byKey = (a: { accountKey: string }, b: { accountKey: string }): number =>
  a.accountKey < b.accountKey ? -1 : 1
