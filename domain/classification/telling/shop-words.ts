import type { Category } from '../categories.ts'

/**
 * Words by which a shop tells its trade, wherever in its name; with $ only at its end, with ^ only at its beginning.
 * Korean names end with what they are: of several words the one that ends last decides, and of those the longest.
 */
export const SHOP_WORDS: Partial<Record<Category, string>> = {
  'food.groceries': `쌀 생수 고기세트 한우세트 과일세트 밀키트 유제품 우유 계란 
    마트$ 슈퍼$ 수퍼$ 슈퍼마켓 수퍼마켓 식자재마트 할인마트 청과 야채 과일 채소 정육점 정육$ 축산 한우직판 식육점 정육마트 수산$ 수산물 수산시장 건어물 반찬 반찬가게 방앗간 쌀집 쌀상회 미곡 식품$ 식료품
    농산물 농산$ 로컬푸드 직매장 재래시장 전통시장 시장$ 상회$ 유통$ 농협$ 축협$ 두부 김치 계란 유기농 친환경 생협 밀키트 푸드마켓 supermarket supermercado market grocery groceries foods butcher`,
  'food.restaurant': `
    식당 음식점 분식 김밥 국밥 국수 칼국수 냉면 막국수 밀면 우동 라멘 라면 소바 쌀국수 짬뽕 짜장 중식 중화요리 중국집 반점$ 반점 마라탕 마라샹궈 훠궈 양꼬치 딤섬 만두 순대 순대국 감자탕 해장국 설렁탕 곰탕 갈비탕 삼계탕 백숙 추어탕 매운탕 육개장
    부대찌개 김치찌개 찌개 두부마을 순두부 청국장 비빔밥 솥밥 돌솥밥 쌈밥 보리밥 백반 한정식 한식 정식 도시락 덮밥 규동 돈까스 돈카츠 카츠 초밥 스시 회전초밥 참치 횟집 회센터 활어 해물 해물탕 조개구이 꼼장어 장어 아구찜 아귀찜 낙지 쭈꾸미 주꾸미 오징어 대게 킹크랩 새우 굴밥
    갈비 돼지갈비 소갈비 숯불 숯불갈비 고깃집 고기집 삼겹살 정육식당 구이 화로 화로구이 곱창 막창 대창 양대창 족발 보쌈 닭갈비 찜닭 닭발 통닭 치킨 닭강정 닭한마리 닭 오리 한우 불고기 스테이크 바베큐 바비큐 떡볶이 피자 파스타 스파게티 버거 햄버거 수제버거 샌드위치 토스트 핫도그 샐러드 포케 브런치
    레스토랑 비스트로 다이닝 키친 오마카세 이탈리안 트라토리아 타코 케밥 커리 인도요리 태국음식 베트남 쌀국수집 샤브 샤브샤브 전골 뷔페 부페 구내식당 직원식당 학생식당 푸드코트 휴게소 한식뷔페 기사식당 가든$ 회관$ 면옥 면가 식육식당 손만두 김치찜 갈치 생선구이 코다리 황태 전복 밥상 밥집 집밥 주막 주방 쿡 맛집 요리 철판 죽 죽집 스낵
    restaurant ristorante trattoria osteria bistro brasserie pizzeria pizza burger burgers kitchen diner grill steakhouse sushi ramen udon soba tonkatsu yakiniku taqueria tacos thai pho noodle noodles bbq seafood eatery food$ foodcourt canteen buffet chicken curry dumpling kebab`,
  'food.bar': `
    호프 호프집 맥주 비어 펍$ 브루어리 브루펍 수제맥주 이자카야 포차 포장마차 주점 소주방 선술집 와인바 칵테일 칵테일바 위스키바 바$ 라운지바 룸살롱 단란주점 유흥주점 나이트 클럽나이트 요리주점 막걸리 전통주 민속주점 꼬치 오뎅바 하이볼 lp바 술집 사케 가라오케
    pub bar taproom brewery brewing izakaya nightclub lounge tavern wine`,
  'cafe.coffee': `카페 까페 커피 커피숍 커피하우스 로스터스 로스터리 로스팅 에스프레소 다방 찻집 전통찻집 티하우스 티룸 버블티 스무디 주스 생과일 coffee cafe café caffe espresso roasters roastery tea teahouse juice kopi`,
  'cafe.bakery': `베이커리 제과점 제과 과자점 빵집 빵 브레드 도넛 도너츠 케이크 케익 쿠키 마카롱 디저트 크로플 와플 아이스크림 젤라또 젤라토 빙수 떡집 떡방 떡카페 떡 호두과자 붕어빵 호떡 꽈배기 타르트 베이글 크로와상 소금빵 탕후루 추로스 과자할인점 초콜릿 쇼콜라 bakery boulangerie patisserie donut doughnut dessert gelato gelateria icecream creamery chocolate chocolatier bagel cake cookies waffle`,
  'transport.public': `지하철 도시철도 교통공사 경전철 버스$ 시내버스 마을버스 여객$ 교통카드 metro subway transit mrt bts`,
  'transport.intercity': `고속버스 시외버스 버스터미널 공용터미널 여객터미널 터미널$ 고속$ 페리 훼리 여객선 해운 공항리무진 공항버스 ktx 철도 railway railways rail train trains ferry coach`,
  'transport.taxi': `택시 개인택시 콜택시 운수 대리운전 대리$ 모범택시 taxi taxis cab cabs`,
  'transport.shared': `렌터카 렌트카 렌터 카셰어링 공유자전거 전동킥보드 킥보드 자전거대여 rentacar carrental rental$`,
  'transport.fuel': `주유소 셀프주유소 충전소 전기차충전 가스충전소 에너지$ 석유 lpg 주유 급속충전 gas$ gasoline petrol petroleum fuel oil`,
  'transport.parking': `!주차장 !주차 !파킹 !공영주차장 !parking !carpark !parkings`,
  'transport.toll': `톨게이트 영업소$ 하이패스 고속도로 통행료 toll`,
  'transport.car_care': `카센터 카센타 정비 정비소 공업사 모터스 오토모빌 자동차공업 타이어 세차 세차장 손세차 배터리 카오디오 썬팅 광택 유리막 블랙박스 자동차검사 자동차용품 자동차 오토바이 바이크 카케어 카워시 carwash autocare tire tires tyres garage`,
  'housing.rent': `월세 임대료 월임대료 임차료 차임`,
  'housing.deposit': `보증금 전세금 전세 계약금 중도금 잔금 분양대금 분양`,
  'housing.maintenance': `관리비 관리사무소 관리사무실 입주자대표회의 관리단`,
  'housing.utilities': `도시가스 전기요금 수도요금 상수도 상하수도 수도사업 지역난방 난방비 가스요금 전력 가스비 전기세 수도세 열요금`,
  'telecom.mobile': `통신요금 휴대폰요금 핸드폰요금 이동통신 알뜰폰 통신비 모바일요금 telecom`,
  'telecom.internet': `인터넷요금 브로드밴드 케이블방송 케이블tv 유선방송 iptv`,
  'telecom.micropayment': `소액결제 휴대폰결제 폰결제`,
  'subscription.content': `웹툰 정액제 소장권 대여권 만화 음원 스트리밍 이북 전자책 신문 구독$ 매거진 잡지 webtoon music magazine news`,
  'subscription.video': `동영상 vod 영화감상 드라마 streaming`,
  'subscription.software': `소프트웨어 클라우드 호스팅 도메인 서버 구독형 saas software cloud hosting domain vpn`,
  'subscription.membership': `멤버십 멤버쉽 membership`,
  'subscription.rental': `렌탈 정수기 비데렌탈 공기청정기렌탈`,
  'shopping.online': `온라인몰 쇼핑 홈쇼핑 스토어팜 공동구매 직구 marketplace onlineshop`,
  'shopping.department': `백화점 아울렛 아웃렛 쇼핑몰 복합쇼핑몰 outlet outlets mall departmentstore`,
  'shopping.fashion': `니트 가디건 셔츠 원피스 바지 자켓 재킷 코트 점퍼 패딩 티셔츠 후드 맨투맨 스커트 블라우스 청바지 레깅스 정장 넥타이 스카프 벨트 지갑 백팩 부츠 샌들 목걸이 귀걸이 반지 팔찌 의류 패션 옷가게 양복 양복점 양장 한복 맞춤정장 청바지 구두 신발 슈즈 운동화 가방 핸드백 모자 양말 속옷 란제리 잠옷 쥬얼리 주얼리 귀금속 금은방 보석 시계 시계점 악세사리 액세서리 교복 유니폼 스포츠의류 골프웨어 아웃도어 부티크 빈티지샵 구제 언더웨어 스타일 fashion apparel clothing boutique shoes jewelry jewelers sneakers`,
  'shopping.beauty': `립스틱 크림 앰플 세럼 마스크팩 선크림 샴푸 로션 쿠션팩트 파운데이션 화장품 코스메틱 뷰티샵 향수 퍼퓸 드럭스토어 cosmetics cosmetic perfume parfum perfumery drugstore`,
  'shopping.electronics': `키보드 마우스 모니터 충전기 케이블 스피커 헤드폰 태블릿 스마트폰 노트북 냉장고 세탁기 청소기 에어컨 공기청정기 선풍기 전자레인지 건조기 프린터 ssd 메모리 그래픽카드 전자랜드 가전 전자제품 컴퓨터 노트북 휴대폰매장 핸드폰매장 카메라 디지털 전자상가 전기전자 이어폰 음향 electronics computer camera`,
  'shopping.home': `냄비 프라이팬 수건 휴지 세제 수납 행거 선반 책상 의자 소파 쿠션 러그 화분 캔들 디퓨저 식탁 텀블러 가구 침대 침구 이불 커튼 블라인드 조명 인테리어 리빙 주방용품 그릇 도자기 생활용품 생필품 잡화점 만물상 철물 철물점 공구 건재 벽지 타일 카페트 매트리스 수예 욕실 페인트 furniture furnishing hardware homeware`,
  'shopping.dutyfree': `!면세점 !면세 !기내판매 !기내면세품 !dutyfree !taxfree`,
  'shopping.giftcard': `상품권 기프트카드 기프티콘 문화상품권 giftcard`,
  'shopping.other': `문구 문구점 문방구 화방 꽃집 꽃$ 플라워 화원 플로리스트 꽃배달 악기 악기사 피아노 기타샵 자전거 바이시클 낚시용품 골프용품 캠핑용품 등산용품 스포츠용품 스포츠$ 불교용품 성물 기념품 소품샵 공방재료 원단 부자재 뜨개 다이어리 팬시 담배 전자담배 베이프 피규어 프라모델 만물 골동품 도장 복권 주류 와인샵 보틀샵 리큐르 flowers florist stationery souvenir gifts gift tobacco vape liquor`,
  'living.beauty': `미용실 헤어 헤어샵 헤어살롱 살롱 이발 이발관 이용원 바버샵 바버 미용 네일 네일아트 속눈썹 왁싱 피부관리 피부샵 에스테틱 스킨케어 마사지 안마 타이마사지 스파 사우나 찜질방 목욕탕 대중탕 온천 불가마 태닝 두피 반영구 경락 hair salon barber nails spa massage sauna onsen`,
  'living.service': `세탁 세탁소 빨래방 코인세탁 코인빨래 크리닝 드라이 수선 구두수선 택배 퀵서비스 퀵 우체국 우편 이사 용달 익스프레스$ 청소 홈클리닝 방역 해충 인쇄 복사 제본 출력 프린트 사진관 스튜디오 포토 증명사진 열쇠 도어락 보일러 에어컨청소 누수 설비 수리 as센터 서비스센터 법무사 법률사무소 법무법인 변호사 공증 세무사 세무회계 회계사 행정사 노무사 번역 등기 민원 여권 주민센터 구청 시청 군청 심부름 장례 상조 보관이사 창고 laundry laundromat cleaners courier postal post printing photo studio locksmith`,
  'health.hospital': `병원 의원 의료원 메디컬 클리닉 내과 외과 정형외과 신경외과 성형외과 흉부외과 소아과 소아청소년과 이비인후과 피부과 안과 산부인과 여성의원 비뇨기과 비뇨의학과 신경과 정신과 정신건강의학과 재활의학과 가정의학과 마취통증의학과 통증의학과 영상의학과 치과 교정과 한의원 한방병원 한방 요양병원 보건소 보건지소 건강검진 검진센터 산후조리원 조산원 요양원 심리상담 상담센터 hospital clinic dental dentist medical doctor`,
  'health.pharmacy': `약국 약방 한약국 pharmacy drugstore$ chemist apotheke farmacia pharmacie`,
  'health.supplies': `안경 안경원 안경점 옵티컬 광학 렌즈 콘택트 보청기 의료기 의료기기 건강식품 건강원 홍삼 인삼 영양제 비타민 흑염소 보조기 optical optician eyewear vitamins nutrition`,
  'health.fitness': `헬스 헬스장 헬스클럽 휘트니스 피트니스 짐$ 필라테스 요가 크로스핏 수영장 수영 복싱 권투 주짓수 무에타이 킥복싱 검도 합기도 유도 체육관 태권도 pt샵 퍼스널트레이닝 클라이밍 암벽 발레 댄스 줌바 스피닝 다이어트센터 체육센터 스포츠센터 gym fitness pilates yoga crossfit swimming`,
  'education.academy': `학원 교습소 공부방 과외 독서실 스터디카페 스터디 어학원 수학 영어 국어논술 논술 논술학원 피아노학원 음악학원 미술학원 태권도장 바둑 주산 속셈 보습 입시 코딩 속독 아카데미 학습지 학습센터 운전학원 자동차학원 연기학원 실용음악 뮤직스쿨 교육원 교육센터 academy tutoring`,
  'education.tuition': `등록금 수업료 학비 학교$ 대학교$ 대학원 초등학교 중학교 고등학교 급식비 방과후 기숙사비 현장체험 스쿨뱅킹 입학금 university college school`,
  'education.materials': `교재 인강 온라인강의 강의 응시료 시험접수 검정료 수강료 자격증 원서접수 전형료 문제집 참고서 exam course courses`,
  'childcare.daycare': `어린이집 유치원 놀이방 돌봄 베이비시터 시터 산후도우미 보육 유아원 유아학교 kindergarten daycare preschool`,
  'childcare.goods': `인형 블록 물티슈 이유식 젖병 카시트 유모차 유아 유아용품 아기 베이비 육아 출산 분유 기저귀 유모차 아동복 아동 장난감 토이 완구 키즈카페 키즈 놀이터 베이비스튜디오 돌스냅 toys toy baby kids`,
  'pets.vet': `동물병원 동물의료센터 동물메디컬 동물의원 동물약국 수의과 펫병원 veterinary vet animalhospital`,
  'pets.goods': `간식캔 모래 캣타워 배변패드 하네스 애견 애완 반려견 반려동물 반려 펫샵 펫 강아지 고양이 도그 독스 캣 멍멍 냥이 사료 애견미용 펫살롱 애견호텔 수족관 관상어 아쿠아 pet pets dog cat grooming`,
  'culture.movie': `영화관 시네마 극장 씨네마 무비 cinema theatre movie movies`,
  'culture.events': `공연 공연장 콘서트 뮤지컬 연극 소극장 아트홀 아트센터 문화회관 예술회관 문예회관 미술관 박물관 전시 전시관 갤러리 과학관 기념관 티켓 입장권 관람 놀이공원 테마파크 동물원 식물원 수목원 아쿠아리움 워터파크 물놀이 케이블카 유람선 전망대 축제 야구장 축구장 경기장 민속촌 유원지 랜드$ 모노레일 museum gallery theater tickets ticket zoo aquarium concert themepark exhibition castle cathedral palace tower`,
  'culture.books': `웹소설 소설 서점 서적 책방 북스 문고 도서 북카페 헌책방 만화책 bookstore books bookshop`,
  'culture.games': `다이아 캐시충전 게임머니 아이템 젬 크리스탈 pc방 피씨방 피시방 pc카페 게임 게임랜드 오락실 노래방 노래연습장 노래타운 코인노래 만화카페 만화방 방탈출 볼링 볼링장 당구 당구장 당구클럽 포켓볼 보드게임 보드카페 vr 스크린야구 야구연습장 탁구장 다트 인형뽑기 뽑기 파친코 멀티방 룸카페 game games gaming arcade karaoke bowling billiards`,
  'culture.sports': `골프 스크린골프 골프장 골프연습장 골프클럽 컨트리클럽 cc$ 스키 스키장 스노우보드 낚시터 낚시 승마 승마장 사격 양궁 서핑 스쿠버 다이빙 요트 카약 래프팅 패러글라이딩 번지 짚라인 카트 레이싱 풋살 풋살장 테니스 테니스장 배드민턴 탁구 스쿼시 족구 야구교실 축구교실 빙상장 스케이트 롤러 인라인 레저 레포츠 산악 golf ski surf surfing diving tennis skating`,
  'travel.lodging': `호텔 모텔 리조트 펜션 게스트하우스 민박 여관 여인숙 호스텔 콘도 풀빌라 글램핑 캠핑 캠핑장 야영장 오토캠핑 카라반 한옥스테이 스테이 휴양림 숙박 료칸 레지던스 생활숙박 무인텔 hotel hotels motel inn hostel resort resorts lodge ryokan guesthouse apartments villa suites`,
  'travel.flight': `항공 항공권 항공사 에어라인 airlines airline airways airway aviation`,
  'travel.agency': `여행사 여행 투어 관광 관광$ 크루즈 유심 이심 esim 비자발급 로밍 tours tour travel travels excursion cruise`,
  'finance.insurance': `보험 보험료 화재보험 생명보험 손해보험 손보 생명$ 화재$ 해상보험 공제료 insurance`,
  'finance.fee': `수수료 연회비 보증료 인지대 연체료 연체이자 fee`,
  'tax.tax': `지방세 국세 세금 자동차세 재산세 소득세 취득세 부가세 부가가치세 주민세 종소세 관세 세무서 인지세 등록세 납부세액 양도세 tax`,
  'tax.social': `국민연금 건강보험 건강보험료 고용보험 산재보험 4대보험 사대보험 건보료 장기요양`,
  'tax.fine': `과태료 범칙금 벌금 위반금 교통위반 fine`,
  'giving.donation': `교회 성당 사찰 절$ 선원 기부 기부금 후원 후원금 헌금 십일조 시주 불사 재단$ 복지재단 자선 모금 구호 선교 선교회 church donation charity foundation`,
  'giving.event': `!축의 !축의금 !부의 !부의금 !조의 !조의금 !결혼축하 !결혼식 !돌잔치 !경조 !경조사 !경조금 !화환 !근조 !조화 !장례식장 칠순 환갑 회갑 청첩`,
  'giving.dues': `회비 조합비 노조비 동창회 동문회 친목회 산악회 향우회 종친회 동호회 계비 협회 연회비납부 총무`,
}
