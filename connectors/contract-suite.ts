import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { covers, fullScope } from '../domain/consent.ts'
import { type DomainFailure, isFailureName } from '../domain/failures.ts'
import type { AccountRow, Identity, Reading, TransactionRow } from '../domain/reading.ts'
import type { Connector } from './connector.ts'
import {
  type Asked,
  EXACT,
  httpFor,
  makeVisit,
  type Respond,
  say,
  startInstitution,
  type TestInstitution,
} from './test-institution.ts'

/** A person at an institution of one industry, as its APIs show them. */
export type Specimen = {
  /** The path of the list of assets. */
  listPath: string
  /** The path of the first paged API about one asset. */
  rowsPath: string
  /** The body of a whole answer on one page: two assets or more, each with rows, and 'EXACT' as one amount. */
  answer: (asked: Asked) => Record<string, unknown>
  /** The body of a page without rows, by path. */
  empty: (path: string) => Record<string, unknown>
}

const UP_TO_DATE = { rsp_code: '00001', rsp_msg: '변경사항 없음' }

/** The promises every connector keeps, whatever its institution sends. */
export function connectorContract(connector: Connector, specimen: Specimen): void {
  const wellBehaved: Respond = (asked, response) => say(asked, response, specimen.answer(asked))

  describe(`${connector.name} keeps the connector contract`, () => {
    let bank: TestInstitution
    let http: ReturnType<typeof httpFor>
    const collect = (overrides: Parameters<typeof makeVisit>[2] = {}) =>
      connector.collect(makeVisit(bank.institution, http, overrides))
    const apisAsked = async (scope: string): Promise<string[]> => {
      const apis = new Set<string>()
      const beforeCall = async (api: string) => void apis.add(api)
      expect((await collect({ scope, options: { beforeCall } })).gaps).toEqual([])
      return [...apis].toSorted()
    }
    beforeAll(async () => {
      bank = await startInstitution(wellBehaved)
      http = httpFor(bank.institution)
    })
    beforeEach(() => bank.behave(wellBehaved))
    afterAll(async () => {
      await http.close()
      await bank.close()
    })

    test('gives every row an account it also returned', async () => {
      const reading = await collect()
      const accounts = new Set(accountsOf(reading).map(({ identity }) => identity))
      expect(ownersOf(reading).length).toBeGreaterThan(2)
      expect(ownersOf(reading).filter((account) => !accounts.has(account))).toEqual([])
    })

    test('gives every row an account that is known, where the list is unchanged', async () => {
      const first = await collect()
      const accounts = accountsOf(first)
      bank.behave((asked, response) =>
        say(asked, response, asked.path === specimen.listPath ? UP_TO_DATE : specimen.answer(asked)),
      )
      const again = await collect({ known: { accounts, marks: first.sections.map(({ mark }) => mark) } })
      const known = new Set(accounts.map(({ identity }) => identity))
      expect(transactionsOf(again).length).toBe(transactionsOf(first).length)
      expect(transactionsOf(again).every(({ account }) => known.has(account))).toBe(true)
    })

    test('never repeats an identity', async () => {
      const reading = await collect()
      const identities = reading.sections.flatMap((section) =>
        section.outcome === 'full' ? section.rows.map(({ identity }) => `${section.kind} ${identity}`) : [],
      )
      expect(new Set(identities).size).toBe(identities.length)
    })

    test('reads the same twice', async () => {
      expect(await collect()).toEqual(await collect())
    })

    test('stops when told to, without a further call', async () => {
      const stop = new AbortController()
      const reason = new Error('stopped')
      const calls = { before: 0, after: 0 }
      bank.behave((asked, response) =>
        asked.path === specimen.rowsPath ? stop.abort(reason) : wellBehaved(asked, response),
      )
      const beforeCall = async () => void (calls[stop.signal.aborted ? 'after' : 'before'] += 1)
      await expect(collect({ options: { signal: stop.signal, beforeCall } })).rejects.toBe(reason)
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(calls.before).toBeGreaterThan(1)
      expect(calls.after).toBe(0)
    })

    test('makes no call at all once it was told to stop', async () => {
      const reason = new Error('stopped')
      await expect(collect({ options: { signal: AbortSignal.abort(reason) } })).rejects.toBe(reason)
      expect(bank.calls).toEqual([])
    })

    test('asks before every call whether it still may', async () => {
      let asked = 0
      await collect({ options: { beforeCall: async () => void (asked += 1) } })
      expect(asked).toBe(bank.calls.length)
    })

    test('asks for what the consent covers, for nothing else, and is whole without the rest', async () => {
      const all = fullScope(connector.industry) ?? ''
      const everything = await apisAsked(all)
      // 2 to the power of an industry's words without its list: 16 scopes at most.
      for (const scope of scopesOf(all.split(' '))) {
        expect(await apisAsked(scope)).toEqual(everything.filter((api) => covers(scope, api)))
      }
    })

    test('turns a refused token into CredentialsRejected', async () => {
      bank.behave((asked, response) => say(asked, response, { rsp_code: '40101' }, 401))
      expect((await failureOf(collect())).type).toBe('CredentialsRejected')
    })

    test('turns a token refused halfway into CredentialsRejected, and keeps nothing', async () => {
      bank.behave((asked, response) =>
        asked.path === specimen.rowsPath
          ? say(asked, response, { rsp_code: '40101' }, 401)
          : wellBehaved(asked, response),
      )
      expect((await failureOf(collect())).type).toBe('CredentialsRejected')
    })

    test.each(Object.keys(breakages))('names the failure: %s', async (name) => {
      bank.behave(breakages[name] ?? wellBehaved)
      const failure = await failureOf(collect({ options: { deadlineMs: 300 } }))
      expect(isFailureName(failure.type)).toBe(true)
      expect(failure.type).not.toBe('Unexpected')
      expect(failure.message).toMatch(/^TESTBANK01 /)
      expect(failure.message).not.toMatch(/secret|test\.access\.token|127\.0\.0\.1/)
    })

    test('keeps the rows of an asset that could not be read: a gap, and no mark of it', async () => {
      bank.behave((asked, response) =>
        asked.path === specimen.rowsPath ? say(asked, response, 'not JSON') : wellBehaved(asked, response),
      )
      const reading = await collect()
      expect(reading.gaps.length).toBeGreaterThan(0)
      for (const gap of reading.gaps)
        expect(
          reading.sections.filter(({ mark }) => mark.asset === gap.asset && mark.api === gap.api),
        ).toEqual([])
    })

    test('removes nothing when the list is said to be unchanged', async () => {
      const first = await collect()
      const marks = first.sections.map(({ mark }) => mark)
      bank.behave((asked, response) => say(asked, response, UP_TO_DATE))
      const known = { accounts: accountsOf(first), marks }
      const again = await collect({ known })
      const lists = again.sections.filter(({ kind }) => kind === 'accounts')
      expect(new Set(lists.map(({ outcome }) => outcome))).toEqual(new Set(['upToDate']))
      expect(
        again.sections.filter(({ outcome, kind }) => outcome === 'full' && kind !== 'transactions'),
      ).toEqual([])
    })

    test('does not take "unchanged" for an answer when it asked for everything', async () => {
      bank.behave((asked, response) => say(asked, response, UP_TO_DATE))
      expect((await failureOf(collect())).type).toBe('UnexpectedResponse')
    })

    test('ends pages only where there is no cursor', async () => {
      const whole = await collect()
      bank.behave((asked, response) => {
        const isPaged = asked.path === specimen.listPath || asked.path === specimen.rowsPath
        const isFirst = asked.params['next_page'] === undefined
        if (!isPaged || !isFirst) return wellBehaved(asked, response)
        return say(asked, response, { ...specimen.empty(asked.path), next_page: 'c1' })
      })
      const paged = await collect()
      expect(accountsOf(paged)).toEqual(accountsOf(whole))
      expect(transactionsOf(paged)).toEqual(transactionsOf(whole))
    })

    test('refuses a cursor that comes twice', async () => {
      bank.behave((asked, response) => say(asked, response, { ...specimen.answer(asked), next_page: 'c1' }))
      expect((await failureOf(collect())).type).toBe('UnexpectedResponse')
      expect(bank.calls.length).toBe(2)
    })

    test('refuses pages without end', async () => {
      let page = 0
      bank.behave((asked, response) =>
        say(asked, response, { ...specimen.empty(asked.path), next_page: `c${(page += 1)}` }),
      )
      expect((await failureOf(collect())).type).toBe('UnexpectedResponse')
      expect(bank.calls.length).toBe(100)
    })

    test('keeps amounts exact', async () => {
      const reading = await collect()
      expect(JSON.stringify(reading.sections)).toContain(`"${EXACT}"`)
      expect(String(Number(EXACT))).not.toBe(EXACT)
    })
  })
}

const breakages: Record<string, Respond> = {
  'an outage': (asked, response) => say(asked, response, { rsp_code: '50001', rsp_msg: 'secret' }, 500),
  'an outage behind a gateway': (_asked, response) => void response.writeHead(502).end('<html>secret</html>'),
  maintenance: (asked, response) => say(asked, response, { rsp_code: '50008' }, 500),
  'a rate limit': (asked, response) => say(asked, response, { rsp_code: '42901' }, 429),
  'the end of the consent': (asked, response) => say(asked, response, { rsp_code: '40106' }, 401),
  'a success that is none': (asked, response) =>
    say(asked, response, { rsp_code: '50001', rsp_msg: 'secret' }),
  'a page of a website': (asked, response) => say(asked, response, '<html>secret</html>'),
  'an empty answer': (asked, response) => say(asked, response, ''),
  'an answer of another shape': (asked, response) =>
    say(asked, response, { rsp_code: '00000', secret: 'secret' }),
  silence: () => {},
  'a broken connection': (_asked, response) => void response.destroy(),
}

export const accountsOf = ({ sections }: Reading): AccountRow[] =>
  sections.flatMap((section) =>
    section.kind === 'accounts' && section.outcome === 'full' ? section.rows : [],
  )

export const transactionsOf = ({ sections }: Reading): TransactionRow[] =>
  sections.flatMap((section) =>
    section.kind === 'transactions' && section.outcome === 'full' ? section.rows : [],
  )

const ownersOf = ({ sections }: Reading): Identity[] =>
  sections.flatMap((section) =>
    section.outcome === 'full'
      ? section.rows.flatMap((row) => ('account' in row && row.account !== undefined ? [row.account] : []))
      : [],
  )

const failureOf = (reading: Promise<Reading>): Promise<DomainFailure> =>
  reading.then(
    () => expect.fail('expected a failure'),
    (error: DomainFailure) => error,
  )

/** Every scope that an industry's words can make. */
const scopesOf = ([list = '', ...others]: readonly string[]): string[] =>
  others.reduce((scopes, word) => scopes.flatMap((scope) => [scope, `${scope} ${word}`]), [list])
