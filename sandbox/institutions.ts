/** How an institution differs from the plain standard. */
export type Trait = {
  /** 'empty': a page without rows, but with a successor, after each page. 'short': 2 to 30 rows a page. */
  paging: 'plain' | 'empty' | 'short'
  /** Writes amounts with all three decimals. */
  padsAmounts: boolean
  /** Starts its transaction numbers anew every day, so that they repeat across days. */
  renumbersDaily: boolean
}

export type Institution = {
  institutionId: string
  industry: 'bank'
  name: string
  /** Position in the list, from 0. */
  index: number
  trait: Trait
}

/** 60: an industry in Korea with all its savings banks is about that size. */
export const MAX_INSTITUTIONS = 60

const stems =
  '모아 한가람 푸른들 별내 새솔 온누리 해오름 달구름 소나무숲 은하수 미리내 가온누리 나래 다솜 시나브로 마루 너른바다 아라 자람 차오름 하늘빛 빛고을 햇살 고운 두레 보람 슬기 단비 윤슬 여울'.split(
    ' ',
  )

/** The first so many institutions; the list for 6 is the beginning of the list for 60. */
export function institutionsUpTo(count: number): Institution[] {
  return Array.from({ length: count }, (_, index) => ({
    institutionId: `SBXBANK${String(index + 1).padStart(3, '0')}`,
    industry: 'bank',
    name: `${stems[index % stems.length]}${index < stems.length ? '은행' : '저축은행'}`,
    index,
    trait: traitOf(index),
  }))
}

/** Every tenth institution has the same oddity; most have none. */
function traitOf(index: number): Trait {
  const turn = index % 10
  return {
    paging: turn === 1 ? 'empty' : turn === 2 ? 'short' : 'plain',
    padsAmounts: turn === 3,
    renumbersDaily: turn === 6,
  }
}
