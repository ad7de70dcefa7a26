/** How a row counts: spending, income, or neutral (never either). */
export type Kind = 'spending' | 'income' | 'neutral'

/** Household categories of one person in Korea. A code never changes its meaning; a change of meaning is a new code and a new version. */
export const TAXONOMY_VERSION = '1.0.0'

/** The top of each leaf: what stands before its dot. */
export const TOPS = {
  food: { ko: '식비', en: 'Food' },
  cafe: { ko: '카페·간식', en: 'Cafe and snacks' },
  transport: { ko: '교통·자동차', en: 'Transport and car' },
  housing: { ko: '주거', en: 'Housing' },
  telecom: { ko: '통신', en: 'Telecom' },
  subscription: { ko: '구독·렌탈', en: 'Subscriptions' },
  shopping: { ko: '쇼핑', en: 'Shopping' },
  living: { ko: '생활서비스', en: 'Personal and home services' },
  health: { ko: '의료·건강', en: 'Health' },
  education: { ko: '교육', en: 'Education' },
  childcare: { ko: '육아', en: 'Childcare' },
  pets: { ko: '반려동물', en: 'Pets' },
  culture: { ko: '문화·여가', en: 'Culture and leisure' },
  travel: { ko: '여행', en: 'Travel' },
  finance: { ko: '금융', en: 'Finance' },
  tax: { ko: '세금·공과', en: 'Taxes and dues to the state' },
  giving: { ko: '경조·기부·회비', en: 'Giving' },
  transfer: { ko: '이체·자산이동', en: 'Transfers' },
  income: { ko: '수입', en: 'Income' },
} as const satisfies Record<string, { ko: string; en: string }>

/** Every leaf. */
export const CATEGORIES = {
  'food.groceries': { ko: '장보기·마트', en: 'Groceries', kind: 'spending' },
  'food.restaurant': { ko: '외식', en: 'Restaurants', kind: 'spending' },
  'food.delivery': { ko: '배달앱', en: 'Delivery apps', kind: 'spending' },
  'food.convenience': { ko: '편의점', en: 'Convenience stores', kind: 'spending' },
  'food.bar': { ko: '술집·유흥', en: 'Bars and nightlife', kind: 'spending' },
  'cafe.coffee': { ko: '카페', en: 'Coffee and tea', kind: 'spending' },
  'cafe.bakery': { ko: '빵·디저트', en: 'Bakery and dessert', kind: 'spending' },
  'transport.public': { ko: '대중교통', en: 'Local public transport', kind: 'spending' },
  'transport.intercity': { ko: '기차·고속버스·선박', en: 'Intercity', kind: 'spending' },
  'transport.taxi': { ko: '택시', en: 'Taxi', kind: 'spending' },
  'transport.shared': { ko: '렌터카·공유이동', en: 'Rental and shared mobility', kind: 'spending' },
  'transport.fuel': { ko: '주유·충전', en: 'Fuel and charging', kind: 'spending' },
  'transport.parking': { ko: '주차', en: 'Parking', kind: 'spending' },
  'transport.toll': { ko: '통행료', en: 'Tolls', kind: 'spending' },
  'transport.car_care': { ko: '차량관리', en: 'Car care', kind: 'spending' },
  'housing.rent': { ko: '월세', en: 'Rent', kind: 'spending' },
  'housing.deposit': { ko: '보증금·계약금', en: 'Deposit and down payment', kind: 'neutral' },
  'housing.maintenance': { ko: '관리비', en: 'Maintenance fee', kind: 'spending' },
  'housing.utilities': { ko: '전기·가스·수도', en: 'Utilities', kind: 'spending' },
  'telecom.mobile': { ko: '휴대폰', en: 'Mobile', kind: 'spending' },
  'telecom.internet': { ko: '인터넷·TV·집전화', en: 'Internet, TV, landline', kind: 'spending' },
  'telecom.micropayment': { ko: '통신 소액결제', en: 'Carrier billing, unnamed', kind: 'spending' },
  'subscription.video': { ko: '동영상', en: 'Video', kind: 'spending' },
  'subscription.content': { ko: '음악·독서·뉴스', en: 'Music, reading, news', kind: 'spending' },
  'subscription.software': { ko: '소프트웨어·클라우드', en: 'Software and cloud', kind: 'spending' },
  'subscription.membership': { ko: '멤버십', en: 'Memberships', kind: 'spending' },
  'subscription.rental': { ko: '생활렌탈', en: 'Appliance rental', kind: 'spending' },
  'shopping.online': { ko: '온라인몰', en: 'Online and marketplaces', kind: 'spending' },
  'shopping.department': { ko: '백화점·아울렛', en: 'Department stores and outlets', kind: 'spending' },
  'shopping.fashion': { ko: '의류·잡화', en: 'Fashion', kind: 'spending' },
  'shopping.beauty': { ko: '화장품', en: 'Cosmetics', kind: 'spending' },
  'shopping.electronics': { ko: '가전·디지털', en: 'Electronics', kind: 'spending' },
  'shopping.home': { ko: '가구·생활용품', en: 'Home goods', kind: 'spending' },
  'shopping.dutyfree': { ko: '면세점', en: 'Duty free', kind: 'spending' },
  'shopping.giftcard': { ko: '상품권', en: 'Gift certificates', kind: 'spending' },
  'shopping.other': { ko: '전문점·기타', en: 'Other shops', kind: 'spending' },
  'living.beauty': { ko: '미용·사우나', en: 'Hair, nails, skin, bath', kind: 'spending' },
  'living.service': { ko: '세탁·택배·이사·행정', en: 'Household services', kind: 'spending' },
  'health.hospital': { ko: '병원·의원', en: 'Hospitals and clinics', kind: 'spending' },
  'health.pharmacy': { ko: '약국', en: 'Pharmacies', kind: 'spending' },
  'health.supplies': { ko: '안경·건강용품', en: 'Optical and health goods', kind: 'spending' },
  'health.fitness': { ko: '운동', en: 'Fitness', kind: 'spending' },
  'education.academy': { ko: '학원', en: 'Academies and tutoring', kind: 'spending' },
  'education.tuition': { ko: '등록금·학교납부', en: 'Tuition and school fees', kind: 'spending' },
  'education.materials': { ko: '온라인강의·교재·시험', en: 'Courses, materials, exams', kind: 'spending' },
  'childcare.daycare': { ko: '어린이집·유치원·돌봄', en: 'Daycare and sitters', kind: 'spending' },
  'childcare.goods': { ko: '육아용품·키즈', en: 'Children’s goods and play', kind: 'spending' },
  'pets.vet': { ko: '동물병원', en: 'Veterinary', kind: 'spending' },
  'pets.goods': { ko: '반려용품·미용', en: 'Pet goods and grooming', kind: 'spending' },
  'culture.movie': { ko: '영화', en: 'Cinema', kind: 'spending' },
  'culture.events': { ko: '공연·전시·관람', en: 'Shows, exhibitions, parks', kind: 'spending' },
  'culture.books': { ko: '도서', en: 'Books', kind: 'spending' },
  'culture.games': { ko: '게임·오락', en: 'Games and play', kind: 'spending' },
  'culture.sports': { ko: '스포츠·레저', en: 'Sports and outdoor leisure', kind: 'spending' },
  'travel.lodging': { ko: '숙박', en: 'Lodging', kind: 'spending' },
  'travel.flight': { ko: '항공', en: 'Flights', kind: 'spending' },
  'travel.agency': { ko: '여행사·투어', en: 'Agencies and tours', kind: 'spending' },
  'finance.insurance': { ko: '보험료', en: 'Insurance premiums', kind: 'spending' },
  'finance.loan_interest': { ko: '대출이자', en: 'Loan interest', kind: 'spending' },
  'finance.loan_principal': { ko: '대출원금', en: 'Loan principal', kind: 'neutral' },
  'finance.fee': { ko: '금융수수료', en: 'Financial fees', kind: 'spending' },
  'tax.tax': { ko: '세금', en: 'Taxes', kind: 'spending' },
  'tax.social': { ko: '4대보험', en: 'Social insurance', kind: 'spending' },
  'tax.fine': { ko: '과태료·범칙금', en: 'Fines', kind: 'spending' },
  'giving.donation': { ko: '기부·종교', en: 'Donations', kind: 'spending' },
  'giving.event': { ko: '경조사', en: 'Family events', kind: 'spending' },
  'giving.dues': { ko: '회비', en: 'Club and group dues', kind: 'spending' },
  'transfer.own': { ko: '내 계좌 이체', en: 'Between own accounts', kind: 'neutral' },
  'transfer.person': { ko: '개인 송금', en: 'To or from a person', kind: 'neutral' },
  'transfer.card_bill': { ko: '카드대금', en: 'Card bill', kind: 'neutral' },
  // Ours, beside the taxonomy, whose rows are seen from one side only: the account’s side of a purchase whose approval is here.
  'transfer.card_payment': { ko: '카드결제 출금', en: 'Paid by card', kind: 'neutral' },
  'transfer.topup': { ko: '선불충전', en: 'Wallet top-up', kind: 'neutral' },
  'transfer.saving': { ko: '저축·투자', en: 'Saving and investing', kind: 'neutral' },
  'transfer.cash': { ko: '현금', en: 'Cash', kind: 'neutral' },
  'transfer.cancelled': { ko: '취소', en: 'Cancelled in full', kind: 'neutral' },
  'income.salary': { ko: '급여', en: 'Salary', kind: 'income' },
  'income.side': { ko: '부수입', en: 'Business and side income', kind: 'income' },
  'income.interest': { ko: '이자', en: 'Interest', kind: 'income' },
  'income.dividend': { ko: '배당', en: 'Dividends', kind: 'income' },
  'income.benefit': { ko: '연금·지원금·보험금', en: 'Pension, benefits, claims', kind: 'income' },
  'income.refund': { ko: '환불·환급·캐시백', en: 'Refunds and cashback', kind: 'income' },
} as const satisfies Record<string, { ko: string; en: string; kind: Kind }>

export type Category = keyof typeof CATEGORIES

/** How rows of a category count; null for 'unknown' and for a category of a taxonomy that this code does not know. */
export const kindOf = (category: string): Kind | null =>
  isCategory(category) ? CATEGORIES[category].kind : null

export function isCategory(text: string): text is Category {
  return Object.hasOwn(CATEGORIES, text)
}

/** What a table says of each leaf that it has. */
export const entriesOf = <T>(table: Partial<Record<Category, T>>): [Category, T][] =>
  Object.entries(table).flatMap(([leaf, what]) =>
    isCategory(leaf) && what !== undefined ? [[leaf, what]] : [],
  )
