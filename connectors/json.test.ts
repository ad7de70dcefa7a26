import { describe, expect, test } from 'vitest'

import { NotJson, parseJson } from './json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('a body of three megabytes', () => {
  test('with a million empty rows is refused before anything is made of them', () => {
    const rows = `{"rsp_code":"00000","account_list":[${'{},'.repeat(999_999)}{}]}`
    expect(() => parseJson(bytes(rows))).toThrow(new NotJson('at most 100000 values'))
  })

  test('with one text of it is read: commas and brackets in a text are no values', () => {
    const text = ',[{'.repeat(1_000_000)
    expect(parseJson(bytes(JSON.stringify({ memo: text })))).toEqual({ memo: text })
  })

  test('with as many values as the largest page of the contract, several times over, is read', () => {
    const row = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`field_${at}`, '1']))
    const list = Array.from({ length: 3_000 }, () => row)
    expect(parseJson(bytes(JSON.stringify({ list })))['list']).toHaveLength(3_000)
  })
})
