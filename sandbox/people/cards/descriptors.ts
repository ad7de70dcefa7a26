import type { Institution } from '../../institutions.ts'
import { type Random, seedOf } from '../../random.ts'
import type { Merchant } from './card.ts'

/** The most the standard allows for a merchant's name, in bytes of UTF-8: three for each Hangul. */
const MAX_BYTES = 75
/** Where a company that cuts names cuts them, in bytes of EUC-KR: two for each Hangul. */
const CUT_BYTES = 20

/** A shop: its spellings, where it has branches, how it takes money, and what a purchase costs in units of 100 won. */
export type Shop = {
  names: readonly [string, ...string[]]
  sells: 'in-branches' | 'online' | 'as-a-firm'
  low: number
  high: number
}

export const areas =
  '강남역 성수 왕십리 뚝섬 홍대입구 판교테크노밸리 부산서면 제주노형 강남역2호 서울숲DT'.split(' ')
/** Payment gateways stand before the shop's name, and the number is theirs. */
const gateways = [
  '(주)케이지이니시스_',
  '네이버페이_',
  '카카오페이*',
  '토스페이먼츠-',
  '㈜다날_',
  'NICE_',
  '나이스페이먼츠(주) ',
  'KG모빌리언스/',
]

/** The name under which a purchase at a shop is booked: never the same twice in a row, as in real life. */
export function merchantOf(shop: Shop, random: Random): Merchant {
  const name = random.chance(0.75) ? shop.names[0] : random.pick(shop.names)
  if (shop.sells === 'online' && random.chance(0.8)) {
    const gateway = random.whole(0, gateways.length - 1)
    return { name: `${gateways[gateway]}${name}`, regno: regnoOf(90, gateway) }
  }
  if (shop.sells === 'in-branches') return branch(shop.names[0], name, random)
  return { name: firm(name, random), regno: regnoOf(80, seedOf(shop.names[0]) % 90_000) }
}

function branch(first: string, name: string, random: Random): Merchant {
  const place = random.whole(0, areas.length - 1)
  const area = areas[place] ?? ''
  const spelling = random.whole(0, 5)
  const names = [
    `${name} ${area}점`,
    `${name} ${area}점`,
    `${name}${area}점`,
    `${name}-${area}`,
    `${name}(${area}점)`,
    `${name}_${area} 점`,
  ]
  return { name: names[spelling] ?? name, regno: regnoOf(seedOf(first) % 80, place) }
}

function firm(name: string, random: Random): string {
  return random.pick([
    name,
    `(주)${name}`,
    `㈜${name}`,
    `주식회사 ${name}`,
    `${name}(주)`,
    `${name} 주식회사`,
  ])
}

/** A business number that no real business has: 999-nn-nnnnn. */
function regnoOf(kind: number, number: number): string {
  return `999-${String(kind).padStart(2, '0')}-${String(number + 1).padStart(5, '0')}`
}

/** A name as a company writes it. */
export function writtenBy({ trait }: Institution, name: string): string {
  const written = trait.merchantNames === 'fullWidth' ? fullWidth(name) : name
  return clip(trait.merchantNames === 'cut' ? cut(written, CUT_BYTES) : written, MAX_BYTES, utf8Bytes)
}

/** A name cut after so many bytes of EUC-KR. */
export function cut(name: string, bytes: number): string {
  return clip(name, bytes, (letter) => ((letter.codePointAt(0) ?? 0) > 0x7f ? 2 : 1))
}

function clip(name: string, bytes: number, sizeOf: (letter: string) => number): string {
  let [kept, size] = ['', 0]
  for (const letter of name) {
    size += sizeOf(letter)
    if (size > bytes) break
    kept += letter
  }
  return kept.trimEnd()
}

const utf8Bytes = (letter: string) => Buffer.byteLength(letter)

/** Letters, digits and signs of ASCII in their wide form. */
function fullWidth(name: string): string {
  return name.replaceAll(/[!-~]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0))
}
