import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'
import { z } from 'zod'

import { FAILURES, type FailureName } from '../../domain/failures.ts'
import { judgeData, judgeToken, type Verdict } from './rsp-codes.ts'

/*
 * The standard's own table, row by row: what each code means to it, what it means to us, and that the page of failures
 * says so.
 */

const row = z.object({
  http: z.number(),
  code: z.string().optional(),
  error: z.string().optional(),
  class: z.string(),
  fault: z.string().optional(),
})
type Row = z.infer<typeof row>

const load = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const rows = z.array(row).parse(JSON.parse(load('rsp-codes.json')))
const page = load('../../docs/failures.md')

/** What the standard's classes may become. One asset's matter is no matter of the consent. */
const MEANINGS: Record<string, readonly (FailureName | 'data' | 'upToDate' | 'nothingHeld')[]> = {
  success: ['data', 'upToDate', 'nothingHeld'],
  'our request is wrong': ['RequestRejected'],
  'token refresh': ['CredentialsRejected'],
  'reconsent needed': ['ConsentEnded', 'OutsideConsent', 'CredentialsRejected', 'AssetGone'],
  gone: ['AssetGone', 'nothingHeld'],
  'retry soon': ['InstitutionUnavailable'],
  'retry later': ['RateLimited', 'InstitutionInMaintenance', 'InstitutionUnavailable'],
  "institution's fault": ['InstitutionUnavailable'],
}

const now = new Date('2026-11-22T01:00:00Z')

function verdictOf({ http, code, error }: Row): Verdict {
  const signs = { status: http, notBefore: null, now }
  if (code !== undefined) return judgeData({ ...signs, code, apiType: 'user-refresh' })
  return judgeToken({ ...signs, code: (error ?? '').split(',')[0] ?? '', apiType: null })
}

const nameOf = (verdict: Verdict) => ('outcome' in verdict ? verdict.outcome : verdict.failure)
const labelOf = ({ code, error }: Row) => code ?? error ?? ''

describe.each(rows.map((one) => [labelOf(one), one] as const))('%s', (label, one) => {
  const verdict = verdictOf(one)

  test('means what its class says', () => {
    expect(MEANINGS[one.class]).toContain(nameOf(verdict))
  })

  test('is nobody’s outage where the standard blames a schedule, a quota, or us', () => {
    if ('outcome' in verdict || one.fault === undefined) return
    const isTheirs = FAILURES[verdict.failure].fault === 'institution'
    if (isTheirs) expect(one.fault).toMatch(/^(relay or )?institution$/)
    else expect(one.fault).not.toBe('institution')
  })

  test('is told on the page of failures', () => {
    expect(page).toContain(`| ${one.http} | \`${label}\` | ${shown(verdict)} |`)
  })
})

test('the table is the whole of it', () => {
  expect(rows.filter(({ code }) => code !== undefined)).toHaveLength(33)
  expect(rows.filter(({ error }) => error !== undefined)).toHaveLength(11)
})

// Every status that HTTP has room for, without a code that we know.
const STATUSES = Array.from({ length: 400 }, (_, at) => 200 + at)

describe.each([null, '77777', 'constructor', '00000'])('with %s for a code', (code) => {
  test('every status that is no success is a failure by its class', () => {
    for (const status of STATUSES.filter((one) => one !== 200)) {
      const verdict = judgeData({ status, code, notBefore: null, apiType: 'user-refresh', now })
      expect([status, nameOf(verdict)]).toEqual([status, byClass(status)])
    }
  })
})

const byClass = (status: number): FailureName => {
  if (status === 401) return 'CredentialsRejected'
  if (status === 403 || status === 429) return 'RateLimited'
  if (status >= 500) return 'InstitutionUnavailable'
  return status >= 400 ? 'RequestRejected' : 'UnexpectedResponse'
}

/** As the page has it: the name, and how long it waits where the institution names no time. */
function shown(verdict: Verdict): string {
  if ('outcome' in verdict) return SUCCESSES[verdict.outcome]
  const minutes = verdict.notBefore ? (verdict.notBefore.getTime() - now.getTime()) / 60_000 : null
  return `\`${verdict.failure}\` | ${minutes === null ? '–' : `${minutes} min`}`
}

const SUCCESSES = { data: 'rows | –', upToDate: 'no change | –', nothingHeld: 'nothing held | –' }
