import type { Shop } from './descriptors.ts'

/** Invented shops, with every way in which they write their names. */
export const shops: readonly Shop[] = [
  shop('in-branches', 38, 125, '스타커피', 'STARCOFFEE', 'Star Coffee', '스타커피코리아'),
  shop('in-branches', 45, 98, '구름다방', 'CLOUD DABANG'),
  shop('in-branches', 40, 120, '새벽김밥', '새벽 김밥'),
  shop('in-branches', 90, 270, '할매순대국'),
  shop('in-branches', 120, 890, '모아마트', 'MOA MART', '모아마트(직영)'),
  shop('in-branches', 12, 180, '편의점25시', 'PYEON25', '편의점２５시'),
  shop('in-branches', 15, 140, '달빛편의점', '달빛CVS'),
  shop('in-branches', 35, 240, '두레베이커리', 'DURE BAKERY', '두레베이커리카페'),
  shop('as-a-firm', 30, 210, '한솔약국'),
  shop('as-a-firm', 80, 650, '밝은눈안과의원', '밝은눈안과'),
  shop('in-branches', 300, 900, '태평주유소', '태평에너지 직영주유소', '태평(주)셀프'),
  shop('as-a-firm', 48, 260, '가온택시', '가온T 일반', '가온T_블루'),
  shop('as-a-firm', 14, 62, '모두교통카드 자동충전', '모두교통 후불(지하철)', '모두교통 후불(버스)'),
  shop('online', 90, 450, '나래서점', 'NARAE BOOKS', '나래서점온라인'),
  shop('in-branches', 120, 380, '별빛시네마', 'STARLIGHT CINEMA'),
  shop('as-a-firm', 180, 900, '윤슬미용실', '윤슬 헤어'),
  shop('online', 80, 900, '새싹온라인몰', 'SAESSAK.COM', '새싹몰'),
  shop('online', 130, 390, '하루배달', 'HARU DELIVERY', '하루배달_우리동네'),
  shop('online', 150, 800, '빠른아침장보기', '빠른아침'),
  shop('as-a-firm', 500, 990, '마루헬스장', '마루휘트니스', 'MARU FITNESS'),
  shop('as-a-firm', 10, 160, '여울문구'),
]

/** What a check card is for. */
export const smallShops: readonly Shop[] = shops.filter(({ high }) => high <= 270)

/** Where one buys what is paid in instalments. */
export const dearShops: readonly Shop[] = [
  shop('in-branches', 1900, 4900, '소리전자', 'SORI ELECTRONICS', '소리전자판매'),
  shop('online', 1500, 4500, '단꿈가구', 'DANKKUM'),
  shop('as-a-firm', 1200, 2800, '튼튼정형외과의원', '튼튼정형외과'),
  shop('online', 1800, 5000, '하늘길항공', 'HANEULGIL AIR'),
]

/** `rate`: thousandths of a won for a unit. Prices in units, with so many decimals. */
export const foreignShops = [
  abroad('PIXELNOOK STREAM', 'US', 'USD', 1_371_250n, 9, 23, 2),
  abroad('PAYLINK *BLUEPINE BOOKS', 'GB', 'GBP', 1_765_400n, 5, 40, 2),
  abroad('LUMEN CLOUD EMEA SARL', 'IE', 'EUR', 1_489_100n, 5, 50, 2),
  abroad('CAFE ETOILE 75003 PARIS', 'FR', 'EUR', 1_489_100n, 3, 19, 2),
  abroad('ﾎｼｿﾞﾗ ﾎﾃﾙ ｼﾝｼﾞﾕｸ', 'JP', 'JPY', 9_120n, 800, 9000, 0),
  abroad('SAIGON PHO 24', 'VN', 'VND', 54n, 60_000, 300_000, 0),
  abroad('BRIGHTWAY RIDE 8005551234', 'US', 'USD', 1_371_250n, 6, 49, 2),
]

function shop(sells: Shop['sells'], low: number, high: number, ...names: Shop['names']): Shop {
  return { names, sells, low, high }
}

function abroad(
  name: string,
  country: string,
  currency: string,
  rate: bigint,
  low: number,
  high: number,
  decimals: 0 | 2,
) {
  return { name, country, currency, rate, low, high, decimals }
}
