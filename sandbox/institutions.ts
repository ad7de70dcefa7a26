/** How an institution differs from the plain standard. */
export type Trait = {
  /** 'empty': a page without rows, but with a successor, after each page. 'short': 2 to 30 rows a page. */
  paging: 'plain' | 'empty' | 'short'
  /** Writes amounts with all three decimals. */
  padsAmounts: boolean
  /** Starts its transaction numbers anew every day, so that they repeat across days. */
  renumbersDaily: boolean
  /** Gives approval numbers out again and again: 40 for each card. */
  reusesApprovalNumbers: boolean
  /** A bill for each credit card, told apart by seqno. */
  numbersBills: boolean
  /** 'cut': after 20 bytes of EUC-KR. 'fullWidth': Latin letters, digits and signs as wide as Hangul. */
  merchantNames: 'plain' | 'cut' | 'fullWidth'
}

export type Industry = 'bank' | 'card'

export type Institution = {
  institutionId: string
  industry: Industry
  name: string
  /** Position among those of its industry, from 0. */
  index: number
  trait: Trait
}

/** 60: an industry in Korea with all its savings banks is about that size. */
export const MAX_INSTITUTIONS = 60
/** 20: the card companies of Korea and the banks that issue cards themselves. */
export const MAX_CARD_INSTITUTIONS = 20

const stems =
  '모아 한가람 푸른들 별내 새솔 온누리 해오름 달구름 소나무숲 은하수 미리내 가온누리 나래 다솜 시나브로 마루 너른바다 아라 자람 차오름 하늘빛 빛고을 햇살 고운 두레 보람 슬기 단비 윤슬 여울'.split(
    ' ',
  )

/** The first so many banks and card companies; the list for 6 is the beginning of the list for 60. */
export function institutionsUpTo(banks: number, cardCompanies = 0): Institution[] {
  return [
    ...Array.from({ length: banks }, (_, index) => institution('bank', index)),
    ...Array.from({ length: cardCompanies }, (_, index) => institution('card', index)),
  ]
}

function institution(industry: Industry, index: number): Institution {
  const kind = industry === 'card' ? '카드' : index < stems.length ? '은행' : '저축은행'
  return {
    institutionId: `SBX${industry.toUpperCase()}${String(index + 1).padStart(3, '0')}`,
    industry,
    name: `${stems[index % stems.length]}${kind}`,
    index,
    trait: traitOf(industry, index % 10),
  }
}

/** Every tenth institution has the same oddity; most have none. */
function traitOf(industry: Industry, turn: number): Trait {
  const isCard = industry === 'card'
  return {
    paging: turn === 1 ? 'empty' : turn === 2 ? 'short' : 'plain',
    padsAmounts: turn === 3,
    renumbersDaily: !isCard && turn === 6,
    reusesApprovalNumbers: isCard && turn === 0,
    numbersBills: isCard && turn === 1,
    merchantNames: !isCard ? 'plain' : turn === 1 ? 'cut' : turn === 2 ? 'fullWidth' : 'plain',
  }
}
