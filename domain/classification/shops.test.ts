import { describe, expect, test } from 'vitest'

import { CATEGORIES } from './categories.ts'
import { spell } from './descriptor.ts'
import { createShopReader, NAMES } from './shops.ts'

const { shopOf, namesIn } = createShopReader()
const told = (raw: string) => {
  const shop = shopOf(raw)
  return shop && [shop.category, shop.evidence]
}

describe('a name that is known', () => {
  test.each([
    ['스타벅스', 'cafe.coffee', 'whole name'],
    ['ＳＴＡＲＢＵＣＫＳ', 'cafe.coffee', 'whole name'],
    ['스타벅스 강남역점', 'cafe.coffee', 'whole name'],
    ['스타벅스강남역점', 'cafe.coffee', 'name'],
    ['네이버페이_(주)무신사', 'shopping.fashion', 'whole name'],
    ['이마트24서초', 'food.convenience', 'name'],
    ['이마트 성수', 'food.groceries', 'name'],
    ['쿠팡이츠', 'food.delivery', 'whole name'],
    ['CU강남점', 'food.convenience', 'whole name'],
    ['AMAZON.COM*2K3 SEATTLE WA', 'shopping.online', 'name'],
    ['현대백화점 판교점 스타벅스', 'cafe.coffee', 'name inside'],
    ['현대백화점 판교점', 'shopping.department', 'whole name'],
  ])('%s is %s by its %s', (raw, category, evidence) => {
    expect(told(raw)).toEqual([category, evidence])
  })

  test.each(['FOCUS', 'CUBE 상사', '쿠팡이네', '76000'])('is not found inside another word: %s', (raw) => {
    expect(namesIn(raw)).toEqual([])
  })

  test('is known by its beginning where the issuer cut it off, and only there', () => {
    expect(told('현대프리미엄아울렛'.slice(0, 7))).not.toEqual(['shopping.department', 'cut name'])
    expect(told('아웃백스테이크하우'.padEnd(9, '스').slice(0, 9))?.[0]).toBe('food.restaurant')
    expect(told('서울고속버스터미널')?.[0]).toBe('transport.intercity')
  })

  test('is forgotten where the reader is told so', () => {
    const without = createShopReader(new Set([spell('스타벅스')]))
    expect(without.shopOf('스타벅스')).toBeNull()
    expect(without.shopOf('Starbucks')?.category).toBe('cafe.coffee')
  })
})

describe('a word that tells a trade', () => {
  test.each([
    ['행복약국역삼점', 'health.pharmacy'],
    ['서울동물병원', 'pets.vet'],
    ['달빛병원 주차장', 'transport.parking'],
    ['이마트 주차장', 'transport.parking'],
    ['왕십리곱창', 'food.restaurant'],
    ['김밥나라', 'food.restaurant'],
    ['우리동네수학', 'education.academy'],
    ['달빛커피 로스터스', 'cafe.coffee'],
    ['HOTEL MOONLIGHT', 'travel.lodging'],
    ['쿠팡 운동화', 'shopping.fashion'],
  ])('%s is %s', (raw, category) => {
    expect(shopOf(raw)?.category).toBe(category)
  })

  test('in the name of a branch counts least, and not at all where anything else tells', () => {
    expect(told('달빛상사 한별병원점')).toEqual(['health.hospital', 'word in a branch'])
    expect(told('달빛돈까스집 서울대병원점')?.[0]).toBe('food.restaurant')
    expect(told('스타벅스 서울대병원점')?.[0]).toBe('cafe.coffee')
  })

  test('of several, the one that ends last decides: a Korean name ends with what it is', () => {
    expect(shopOf('카페거리치과')?.category).toBe('health.hospital')
    expect(shopOf('학교앞분식')?.category).toBe('food.restaurant')
  })
})

test.each(['', '   ', '카카오페이', '홍길동', '1234', '⚡️⚡️'])('nothing is told by %j', (raw) => {
  expect(shopOf(raw)).toBeNull()
})

test('a megabyte of anything is read like its first hundred characters', () => {
  for (const text of ['김밥 ', 'a', '(주)', '네이버페이_', '\u202e', '점'])
    expect(shopOf(text.repeat(1_000_000 / text.length))).toEqual(shopOf(text.repeat(120)))
})

test('every leaf of the names is one of the taxonomy, and no spelling is in two of them', () => {
  const seen = new Map<string, string>()
  const twice: string[] = []
  for (const file of NAMES)
    for (const [category, text] of Object.entries(file)) {
      expect(Object.keys(CATEGORIES)).toContain(category)
      for (const spelling of text.split(/[,/]/)) {
        const key = spell(spelling)
        const other = seen.get(key)
        if (other !== undefined && other !== category) twice.push(`${key}: ${other}, ${category}`)
        seen.set(key, category)
      }
    }
  expect(twice).toEqual([])
})
