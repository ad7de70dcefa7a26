import type { Names } from './names.ts'

export const food: Names = {
  'food.groceries': `
    이마트에브리데이, 이마트/emart, 홈플러스익스프레스, 홈플러스/homeplus, 롯데마트/lottemart, 롯데슈퍼, 코스트코/costco, 트레이더스,
    하나로마트, 농협하나로, 하나로클럽, gs더프레시/gsthefresh/gs슈퍼/gs수퍼마켓, 노브랜드/nobrand, 킴스클럽, 메가마트, 식자재왕,
    마켓컬리/컬리/kurly, 오아시스마켓/오아시스, 초록마을, 올가홀푸드, 자연드림, 아이쿱, 한살림, 두레생협, 정육각, 오늘의꽃, 프레시지,
    쿠팡프레시/로켓프레시, ssg새벽배송, 이마트몰, 홈플러스온라인, 롯데프레시, 세계로마트, 빅마트, 탑마트, 서원유통, 진로마트, 엘마트, 굿모닝마트,
    하모니마트, 더맘마, 장보고식자재, 고기왕, 미트박스, 횡성축협, 축협, 수협바다마트, 바다마트, 농협로컬푸드, 로컬푸드직매장, 노량진수산, 가락시장,
    hmart, 한아름마트, wholefoods/wholefds, traderjoe, walmart, kroger, safeway, tesco, sainsbury, lidl, aldi, carrefour, mercadona,
    rewe, edeka, billa, migros, coop, aeonmall, aeon, seiyu, ito yokado, lopia, 이온몰, bigc, tops market, nttuc, fairprice, coldstorage,
    sheng siong, pxmart, wellcome, parknshop, winmart, co.opmart, 빅씨마트`,
  'food.restaurant': `
    맥도날드/mcdonald/mcdonalds, 버거킹/burgerking, 롯데리아/lotteria, 맘스터치/momstouch, 노브랜드버거, kfc/케이에프씨, 쉐이크쉑/shakeshack, 프랭크버거,
    써브웨이/서브웨이/subway, 파파이스/popeyes, 타코벨/tacobell, 파이브가이즈/fiveguys, 슈퍼두퍼, 크라이치즈버거, 다운타우너,
    도미노피자/dominopizza/dominos, 피자헛/pizzahut, 미스터피자, 피자알볼로, 파파존스/papajohns, 청년피자, 반올림피자, 피자스쿨, 빨간모자피자,
    고피자, 피자마루, 피자나라치킨공주, 7번가피자, 잭슨피자, 피자에땅, 59쌀피자, 오구쌀피자,
    bbq치킨/비비큐/제너시스비비큐/bbq, bhc치킨/비에이치씨/bhc, 교촌치킨/교촌, 굽네치킨/굽네, 처갓집양념치킨/처갓집, 네네치킨, 페리카나, 멕시카나, 푸라닭,
    호식이두마리치킨, 60계치킨, 노랑통닭, 자담치킨, 지코바, 또래오래, 맥시칸치킨, 후라이드참잘하는집, 바른치킨, 순수치킨, 가마치통닭, 보드람치킨,
    bhc, 치킨마루, 훌랄라치킨, 오븐마루, 땅땅치킨, 티바두마리, 부어치킨, 걸작떡볶이,
    김밥천국, 김가네, 바르다김선생, 고봉민김밥/고봉민, 종로김밥, 봉구스밥버거, 한솥도시락/한솥, 본도시락, 본죽/본죽비빔밥, 죽이야기, 토마토김밥, 얌샘김밥,
    신전떡볶이, 엽기떡볶이/동대문엽기떡볶이/엽떡, 죠스떡볶이, 아딸, 청년다방, 응급실국물떡볶이/응떡, 배떡, 국대떡볶이, 두끼, 스쿨푸드,
    새마을식당, 홍콩반점, 한신포차국밥, 역전우동, 백종원의, 미정국수, 연돈볼카츠, 빽보이피자, 고투웍, 롤링파스타, 본가,
    명륜진사갈비, 이바돔감자탕, 조마루감자탕, 신의주찹쌀순대, 육대장, 이화수전통육개장, 육쌈냉면, 큰맘할매순대국, 담미온, 무봉리순대국,
    원할머니보쌈, 놀부보쌈, 놀부부대찌개/놀부, 장충동왕족발, 족발야시장, 가장맛있는족발, 삼첩분식, 하남돼지집, 팔각도, 엉터리생고기, 고기싸롱, 육전국밥,
    애슐리퀸즈/애슐리, 자연별곡, 빕스/vips, 아웃백스테이크하우스/아웃백/outback, 매드포갈릭, tgif/티지아이, 계절밥상, 쿠우쿠우, 샤브향, 샤브로21, 채선당,
    등촌샤브칼국수, 소담촌, 마루샤브, 로운샤브, 명동교자, 하이디라오, 탕화쿵푸, 라화쿵부, 소림마라, 춘리마라탕, 신룽푸마라탕,
    아비꼬, 코코이찌방야, 미소야, 사보텐, 한성돈까스, 홍익돈까스, 돈까스회관, 유부초밥, 스시로, 갓덴스시, 쿠라스시, 미카도스시, 스시노칸도,
    유가네닭갈비, 봉추찜닭, 두찜, 일미리금계찜닭, 안동찜닭, 홍수계찜닭, 한촌설렁탕, 신선설농탕, 봉피양, 벽제갈비, 삼원가든, 강강술래, 송추가마골,
    포메인, 포베이, 에머이, 미스사이공, 반포식스, 연안식당, 순남시래기, 강호동백정, 고래감자탕, 샐러디/salady, 포케올데이, 슬로우캘리, 그린닭가슴살,
    이삭토스트, 에그드랍/eggdrop, 석봉토스트, 써스데이치킨, 에그스탑, 오니기리와이규동, 지지고, 밥이답이다, 아워홈, 풀무원푸드앤컬처, cj프레시웨이, 삼성웰스토리/웰스토리,
    현대그린푸드, 신세계푸드, 푸디스트, 동원홈푸드, 본우리반상, 한국도로공사휴게소,
    wendy, chipotle, innout, panda express, ichiran, 이치란, yoshinoya, sukiya, matsuya, saizeriya, 요시노야, 스키야, gusto,
    jollibee, nandos, pret a manger, wagamama, dintaifung, 딘타이펑, haidilao`,
  'food.delivery': `
    배달의민족/우아한형제들/배민/baemin/woowahan, 쿠팡이츠/coupangeats, 요기요/위대한상상/yogiyo, 땡겨요, 배달특급, 위메프오, 먹깨비, 배달통, 두잇,
    노크, 배민1, ubereats, doordash, grubhub, deliveroo, foodpanda, grabfood, 우버이츠, just eat`,
  'food.convenience': `
    gs25/지에스25/지에스이십오, cu편의점/씨유/cu/bgf리테일/비지에프리테일, 세븐일레븐/7eleven/seveneleven/711/코리아세븐, 이마트24/emart24, 미니스톱/ministop,
    스토리웨이/storyway, 씨스페이스/cspace, 위드미, 로그인편의점, 포시즌편의점, 개그스토리, familymart, family mart, lawson, 로손, 패밀리마트, circlek, 서클케이`,
  'food.bar': `
    역전할머니맥주/역전할맥, 봉구비어, 생활맥주, 투다리, 한신포차, 와라와라, 짚동가리쌩주, 용용선생, 크라운호프, 펀비어킹, 인쌩맥주, 얼맥당, 금별맥주,
    수상한포차, 백스비어, 더부스, 브롱스, 데일리비어, 와인앤모어, 달빛맥주, 이춘복참치, 청담이상, 이자카야, 오뎅바, 토리키조쿠, torikizoku, wetherspoon`,
}
