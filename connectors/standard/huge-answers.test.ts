import { describe, expect, test } from 'vitest'

import { accountsAnswer, makeAccount } from './bank/fixtures.ts'
import { standardBank } from './bank/index.ts'
import { MOST_BYTES, visitTo, wellSent } from './test-answers.ts'
import { outcomeOf } from './test-outcomes.ts'

/*
 * An answer is read in one go: whatever it is, it must not keep a worker from everything else. Without a limit on values
 * the first of these takes a minute, in which no deadline and no heartbeat comes through.
 */

describe('an answer beyond all measure', () => {
  const booking = '{"trans_dtime":"20261121","trans_type":"02","trans_amt":"1"}'
  const listOf = (rows: number, row: string) =>
    `{"rsp_code":"00000","trans_cnt":"99999","trans_list":[${Array(rows).fill(row).join(',')}]}`

  test.each([
    ['a million empty rows', listOf(1_000_000, '{}')],
    ['rows as many as bytes may hold', listOf(130_000, booking)],
    ['four million numbers', listOf(4_000_000, '1')],
    ['a field as long as an answer may be', listOf(1, `{"trans_memo":"${'x'.repeat(8_000_000)}"}`)],
    ['a key as long as an answer may be', listOf(1, `{"${'x'.repeat(8_000_000)}":1}`)],
    ['a number as long as an answer may be', `{"rsp_code":"00000","trans_cnt":${'9'.repeat(8_000_000)}}`],
    ['more bytes than any answer has', ' '.repeat(MOST_BYTES + 1)],
  ])('%s is a gap', async (_name, text) => {
    const list = JSON.stringify(accountsAnswer([makeAccount()]))
    const { visit } = visitTo(({ path }) => {
      if (path.endsWith('/transactions')) return wellSent(text)
      return wellSent(path === '/v2/bank/accounts' ? list : '{"rsp_code":"99999"}')
    })
    const outcome = await outcomeOf(standardBank, visit)
    expect('reading' in outcome && outcome.reading.gaps).toEqual([
      { asset: 'account|99900010000001|', api: 'bank-004', failure: 'UnexpectedResponse' },
    ])
  })
})
