import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { describe as read, spell } from './descriptor.ts'

describe('what stands around a name', () => {
  test.each([
    ['full width and capitals', 'ＳＴＡＲ Ｂucks', 'starbucks'],
    ['a legal form', '(주)달빛상점', '달빛상점'],
    ['a legal form as one character', '㈜달빛상점', '달빛상점'],
    ['a legal form behind', '달빛상점 주식회사', '달빛상점'],
    ['an English legal form', 'Moonlight Co., Ltd.', 'moonlight'],
    ['a payment agency', 'KG이니시스-달빛상점', '달빛상점'],
    ['two payment agencies', '네이버페이_나이스페이먼츠_달빛상점', '달빛상점'],
    ['an agency before a form', '카카오페이*(주)달빛상점', '달빛상점'],
    ['a short agency in Latin letters', 'SQ *MOONLIGHT', 'moonlight'],
    ['syllables written as single letters', '달빛상점'.normalize('NFD'), '달빛상점'],
    ['what cannot be seen', '달\u200b빛\u202e상\ufeff점', '달빛상점'],
    ['punctuation', '달빛-상점 [본점]', '달빛상점본점'],
  ])('is taken off: %s', (_, raw, text) => {
    expect(read(raw).text).toBe(text)
  })

  test.each([
    ['a name that begins like an agency', 'SQUARE MOON', 'squaremoon'],
    ['a form inside a word', '유한양행', '유한양행'],
  ])('is kept: %s', (_, raw, text) => {
    expect(read(raw).text).toBe(text)
  })

  test('an agency alone says nothing of who was paid', () => {
    for (const raw of ['카카오페이', '', null]) expect(read(raw).text).toBe('')
  })

  test.each([
    ['달빛국수 강남점', 4],
    ['달빛국수 서울대병원점', 4],
    ['달빛국수강남점', 7],
    ['달빛 편의점', 5],
    ['강남점', 3],
  ])('%s is a branch from its character %i on', (raw, branchAt) => {
    expect(read(raw).branchAt).toBe(branchAt)
  })
})

test('whatever a text holds, what is read of it is short, lower case, and the same when read again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (raw) => {
      const { text, begins, branchAt } = read(raw)
      expect(text.length).toBeLessThanOrEqual(2_000)
      expect(begins).toHaveLength(text.length + 1)
      expect(branchAt).toBeLessThanOrEqual(text.length)
      expect(spell(raw)).toBe(spell(raw))
    }),
  )
})
