// What is longer says nothing more of who was paid; every step below is linear in it.
const LONGEST = 120

/** A descriptor as it is compared: letters and digits only, with where words began and ended. */
export type Descriptor = {
  text: string
  /** By position in the text: whether a word begins there. One more than characters: the end begins the next. */
  begins: readonly boolean[]
  /** From here on it is the name of a branch, '강남역점'; the length of the text where there is none. */
  branchAt: number
}

// Formatting and direction marks, and what takes no room: never a letter.
const UNSEEN = /[\p{Cf}\p{Mn}\p{Co}\p{Cn}]/gu
const LEGAL =
  /\((?:주|유|사|재|의|학|복)\)|주식회사|유한책임회사|유한회사|합자회사|합명회사|사단법인|재단법인|의료법인|학교법인|사회복지법인|농업회사법인|영농조합법인|\b(?:co\.?,? ?ltd|ltd|inc|corp|corporation|llc|gmbh|pte|plc)\b\.?/g

/** Who stands before the seller's name because the payment went through them. */
const GATEWAYS = `
  kg이니시스 케이지이니시스 이니시스 inicis 나이스페이먼츠 나이스페이 nicepayments nicepay 나이스정보통신 토스페이먼츠 tosspayments 토스페이
  tosspay nhnkcp 엔에이치엔케이씨피 엔에이치엔한국사이버결제 한국사이버결제 kcp 다날페이 다날 danal kg모빌리언스 케이지모빌리언스 모빌리언스 갤럭시아머니트리
  갤럭시아커뮤니케이션즈 갤럭시아 헥토파이낸셜 세틀뱅크 페이레터 payletter 스마트로 smartro 이지페이 kicc 한국정보통신 ksnet 케이에스넷 kis정보통신 페이플
  payple 포트원 아임포트 웰컴페이먼츠 코페이 네이버파이낸셜 네이버페이 naverpay npay 카카오페이 kakaopay 엔에이치엔페이코 페이코 payco 스마일페이
  smilepay 삼성페이 samsungpay ssgpay ssg페이 쓱페이 엘페이 lpay 쿠페이 차이페이 제로페이 엑심베이 eximbay 이엑스이십사 빌게이트 올앳 allat
  유플러스전자결제 토스뱅크페이 비바리퍼블리카 티몬페이 핀테크페이 카카오t페이 paypal stripe adyen klarna 2c2p worldpay alipay wechatpay
  sumup izettle zettle checkoutcom sq sp tst pp`
  .trim()
  .split(/\s+/)
  .toSorted((a, b) => b.length - a.length)

/** Cleans, and takes off what stands before and behind the name: legal forms, payment agencies, branches. */
export function describe(raw: string | null): Descriptor {
  const clean = cleaned(raw)
  let [text, begins] = compact(clean)
  for (let length = gatewayAt(text, begins); length > 0; length = gatewayAt(text, begins)) {
    text = text.slice(length)
    begins = begins.slice(length)
    if (text !== '') begins[0] = true
  }
  return { text, begins, branchAt: branchOf(text, begins) }
}

/** A name as it is compared. */
export const spell = (name: string): string => compact(cleaned(name))[0]

const cleaned = (raw: string | null): string =>
  (raw ?? '').slice(0, LONGEST).normalize('NFKC').replaceAll(UNSEEN, '').toLowerCase().replaceAll(LEGAL, ' ')

function compact(clean: string): [string, boolean[]] {
  let text = ''
  const begins: boolean[] = []
  let isNext = true
  for (const character of clean) {
    if (!/[\p{L}\p{N}+&]/u.test(character) || character.length > 1) {
      isNext = true
      continue
    }
    begins.push(isNext || scriptOf(character) !== scriptOf(text.at(-1) ?? ''))
    text += character
    isNext = false
  }
  return [text, [...begins, true]]
}

/** 한글, everything else in letters, or digits: where it changes, a word begins. */
export const scriptOf = (character: string): 'hangul' | 'letter' | 'digit' =>
  /\p{N}/u.test(character) ? 'digit' : /\p{Script=Hangul}/u.test(character) ? 'hangul' : 'letter'

/** How long the agency is that the text begins with, when the seller, or nothing, follows. */
function gatewayAt(text: string, begins: readonly boolean[]): number {
  const gateway = GATEWAYS.find((name) => text.startsWith(name))
  if (gateway === undefined) return 0
  const isShort = gateway.length < 4 && scriptOf(gateway) === 'letter'
  return isShort && begins[gateway.length] !== true ? 0 : gateway.length
}

/** The last word is a branch where it ends so, is not the only one, and is no kind of shop itself. */
function branchOf(text: string, begins: readonly boolean[]): number {
  if (!/[점店]$/.test(text) || SHOPS.test(text)) return text.length
  const at = begins.lastIndexOf(true, text.length - 1)
  return at > 0 ? at : text.length
}

const SHOPS =
  /(?:편의|면세|백화|음식|제과|전문|할인|판매|대리|상|서|주|매|안경|문구|양복|잡화|반|화|분식|총판|직매|체험|취급|가맹|거래|노점상)점$/
