import type { Names } from './names.ts'

export const shopping: Names = {
  'shopping.online': `
    쿠팡/coupang/쿠팡로켓, 11번가/십일번가/11st, g마켓/지마켓/gmarket, 옥션/auction, 위메프/wemakeprice/wmp, 티몬/tmon/티켓몬스터, 인터파크쇼핑, ssg닷컴/ssgcom/에스에스지닷컴/쓱닷컴/ssg.com, 롯데온/lotteon, gs샵/gsshop/gs홈쇼핑, cj온스타일/씨제이온스타일/cjonstyle/cj오쇼핑, 현대홈쇼핑/현대hmall/hmall,
    롯데홈쇼핑, ns홈쇼핑, 홈앤쇼핑, 공영홈쇼핑/공영쇼핑, sk스토아/skstoa, 신세계라이브쇼핑, k쇼핑/kt알파, 쇼핑엔티, w쇼핑, 네이버쇼핑/스마트스토어/네이버스토어, 카카오선물하기/카카오톡선물하기/선물하기/카카오커머스/톡스토어/카카오쇼핑, 텐바이텐, 아이디어스/idus/백패커, 펀샵, 와디즈/wadiz, 텀블벅, 1300k, 바보사랑,
    알리익스프레스/aliexpress/알리바바/alibaba, 테무/temu, 쉬인/shein, 아마존/amazon/amzn/amazon.com/amazon mktp/amazon mktplace, 이베이/ebay, 큐텐/qoo10, 타오바오/taobao, 라쿠텐/rakuten, 아이허브몰, etsy, rakuma, mercari, 메루카리, buyee, 몰테일, 도매꾹, 오너클랜, 당근페이/당근마켓/당근, 번개장터, 중고나라, 크림/kream, 솔드아웃, 헬로네이처, 위비마켓, 농협몰, 우체국쇼핑, 11번가아마존, 카카오스타일몰,
    zappos, wish.com, shopee, lazada, tokopedia, jd.com, tmall, wayfair, qvc, target.com, target, kickstarter, indiegogo`,
  'shopping.department': `
    ~롯데백화점, ~신세계백화점/~신세계, ~현대백화점, ~갤러리아백화점/~갤러리아, ~ak플라자/~에이케이플라자, ~롯데아울렛/~롯데프리미엄아울렛, ~신세계사이먼/~신세계프리미엄아울렛/~여주프리미엄아울렛, ~현대프리미엄아울렛/~현대아울렛/~현대시티아울렛, ~더현대서울/~더현대, ~스타필드/~starfield, ~타임스퀘어, ~아이파크몰, ~ifc몰, ~코엑스몰/~스타필드코엑스,
    ~롯데월드몰, ~nc백화점/~엔씨백화점, ~뉴코아아울렛/~뉴코아, ~이천일아울렛/~2001아울렛, ~동아백화점, ~대구백화점, ~세이브존, ~모다아울렛, ~마리오아울렛, ~w몰, ~엔터식스, ~두타몰, ~밀리오레, ~현대시티몰, ~롯데몰, ~lf스퀘어, ~퍼스트빌리지, ~그랜드백화점, ~태화쇼핑, ~커넥트현대, ~이랜드리테일, macys, nordstrom, bloomingdale, harrods, selfridges, galeries lafayette, printemps, takashimaya, isetan, mitsukoshi, daimaru, hankyu, parco, matsuzakaya, siam paragon, sogo`,
  'shopping.fashion': `
    무신사/musinsa, 29cm, 지그재그/카카오스타일/zigzag, 에이블리/ably/에이블리코퍼레이션, 브랜디, w컨셉/wconcept, 퀸잇, 육육걸즈, 스타일난다, 임블리, 하이버, ssf샵/ssfshop, lf몰/lfmall, 코오롱몰, 더한섬닷컴/한섬, si빌리지, hfashion, 머스트잇, 트렌비, 발란, 캐치패션,
    유니클로/uniqlo/에프알엘코리아, 자라/zara/자라리테일코리아, h&m/hm/에이치앤엠, 스파오/spao, 탑텐/topten/신성통상, 지오다노/giordano, 에잇세컨즈/8seconds, 미쏘, 로엠, 폴햄, 후아유, 게스, 리바이스/levis, 갭gap, 무인양품의류, cos매장, 망고mango, 마시모두띠/massimodutti, gu, 에이치커넥트, 뉴발란스/newbalance/이랜드월드,
    나이키/nike, 아디다스/adidas, 휠라/fila, 푸마/puma, 아식스/asics, 언더아머/underarmour, 룰루레몬/lululemon, 노스페이스/northface/영원아웃도어, 코오롱스포츠, k2, 블랙야크, 네파/nepa, 디스커버리/discovery, 내셔널지오그래픽, 컬럼비아/columbia, 아이더, 밀레, 데상트/descente, 엠엘비/mlb, 젝시믹스, 안다르, 뮬라웨어, 스케쳐스/skechers, 크록스/crocs, abc마트/abcmart, 레스모아, 슈마커, s마켓, 폴더folder, 닥터마틴/drmartens, 버켄스탁, 반스vans, 컨버스/converse, 호카hoka,
    금강제화, 랜드로바, 에스콰이아, 탠디, 소다, 미소페, 쌤소나이트/samsonite, 투미/tumi, 제이에스티나, 로이드, 오에스티/ost, 스와로브스키/swarovski, 판도라/pandora, 티파니/tiffany, 까르띠에/cartier, 루이비통/louisvuitton/louis vuitton, 구찌/gucci, 샤넬/chanel, 에르메스/hermes, 프라다/prada, 디올/dior, 버버리/burberry, 몽클레어/moncler, 코치/coach, 마이클코어스/michaelkors, 롤렉스/rolex, 오메가, 스와치, 카시오, 젠틀몬스터의류, 비비안, 비너스, 트라이, bycshop/byc, 쌍방울, 좋은사람들, 에블린,
    파타고니아/patagonia, 마리떼, 마르디메크르디, 아더에러, 커버낫, 디스이즈네버댓, 올젠, 빈폴, 헤지스, 타미힐피거/tommyhilfiger, 폴로랄프로렌/ralphlauren, 라코스테/lacoste, 지이크, 지오지아, 앤드지, 파크랜드, 인디안, 크로커다일, 올리비아로렌, 쉬즈미스, 여성시대, 꼼빠니아, forever21, primark, asos, farfetch, net-a-porter, ssense, zalando, old navy, banana republic, abercrombie, ralph lauren, foot locker, onitsuka`,
  'shopping.beauty': `
    올리브영/oliveyoung/씨제이올리브영/cj올리브영/올영, 랄라블라, 롭스/lohbs, 세포라/sephora, 시코르/chicor, 이니스프리/innisfree, 더페이스샵/thefaceshop, 에뛰드/etude/에뛰드하우스, 미샤/missha, 스킨푸드/skinfood, 토니모리/tonymoly, 네이처리퍼블릭/naturerepublic, 홀리카홀리카, 잇츠스킨, 더샘, 네이처컬렉션,
    아모레퍼시픽/아모레몰/amore, 아리따움/aritaum, 설화수, 헤라, 라네즈/laneige, 마몽드, 아이오페, 오휘, 숨37, 엘지생활건강, 키엘/kiehls, 러쉬/lush, 록시땅/loccitane, 이솝/aesop, 조말론/jomalone, 바비브라운, 맥코스메틱, 나스코스메틱, 랑콤/lancome, 에스티로더/esteelauder, 클리니크, 비오템, sk2, 시세이도, 딥디크, 바이레도, 러브이즈트루, 화해쇼핑, 뷰티컬리, 달바, 아누아, 메디큐브/에이피알, 닥터자르트, 클리오, 롬앤, 페리페라, 바닐라코, 시카플라스트, 아로마티카, 더바디샵/thebodyshop, 아베다, bathandbody, bath & body works, ulta beauty, ulta, boots, watsons, 왓슨스, matsumotokiyoshi, matsumoto kiyoshi, 마츠모토키요시, sundrug, cosme store, atcosme`,
  'shopping.electronics': `
    하이마트/롯데하이마트/himart, 전자랜드, 삼성디지털프라자/삼성스토어/삼성전자/삼성전자판매/samsung.com, lg베스트샵/엘지베스트샵/lg전자/엘지전자/lge.com/하이프라자, 애플스토어/applestore/apple store/애플코리아/apple online, 프리스비, 윌리스, 에이스토어, 컴퓨존/compuzone, 다나와, 아이코다, 컴스클럽, 조이젠, 일렉트로마트/electromart, 다이슨/dyson, 소니스토어/소니코리아, 캐논스토어, 니콘, 샤오미/xiaomi/미스토어, 로지텍, 필립스, 쿠쿠전자, 쿠첸, 위니아, 캐리어에어컨, 신일전자, 발뮤다, 드롱기, 네스프레소머신, 벨킨, 앤커, dji, 고프로, 보스bose, 뱅앤올룹슨, 용산전자상가, 국제전자센터, 테크노마트, bestbuy, best buy, newegg, b&h photo, bic camera, biccamera, yodobashi, 요도바시, 빅카메라, yamada denki, media markt, mediamarkt, currys, jb hi-fi`,
  'shopping.home': `
    다이소/아성다이소/daiso, 이케아/ikea, 한샘/hanssem, 리바트/현대리바트, 일룸, 에이스침대, 시몬스/simmons, 템퍼/tempur, 지누스/zinus, 삼분의일, 까사미아/신세계까사, 오늘의집/버킷플레이스, 자주/jaju, 무인양품/muji, 모던하우스, 니토리/nitori, 자코모, 퍼시스/시디즈/데스커, 체리쉬, 에몬스, 장인가구, 이브자리, 알레르망, 코지네스트, 세사리빙, 락앤락/locknlock, 테팔, 휘슬러, wmf, 코렐, 한국도자기, 행남자기, 덴비, 르크루제, 스타우브, 버터shop, 미니소/miniso, 플라잉타이거, 에이치픽스, 이천도자기, 을지로조명, 철물마트, 유진홈센터/에이스홈센터, 홈데이, 두꺼비세상, home depot, homedepot, lowes, bed bath, crate & barrel, pottery barn, zara home, h&m home, francfranc, seria, cando, 3coins, loft, hands, 도큐핸즈, 로프트, don quijote, donki, 돈키호테, leroy merlin, bunnings, obi bau`,
  'shopping.dutyfree': `
    롯데면세점, 신라면세점, 신세계면세점, 현대백화점면세점/현대면세점, jdc면세점, jto면세점, 동화면세점, 두타면세점, hdc신라, 시티면세점, 경복궁면세점, 그랜드면세점, 엔타스면세점, 면세점, 기내면세, 대한항공기내면세, 아시아나기내면세, dufry, lagardere duty, dfs galleria, dfs, world duty free, heinemann, king power, kingpower, ever rich, lotte duty free, shilla duty free, laox`,
  'shopping.giftcard': `
    컬쳐랜드/한국문화진흥, 해피머니/해피머니아이엔씨, 북앤라이프, 도서문화상품권, 문화상품권, 기프티쇼/케이티알파기프티쇼, 기프티콘/sk플래닛기프티콘, 쿠프마케팅, 스마트콘, 즐거운, 페이즈, 상품권, 백화점상품권, 온누리상품권, 구글기프트카드, 기프트카드, 팔라고, 니콘내콘/더블엔씨, 일상카페상품권`,
  'shopping.other': `
    알파문구/알파, 오피스디포, 모닝글로리, 링코, 드림디포, 아트박스/artbox, 핫트랙스/hottracks, 데카트론/decathlon, 낫소, 요넥스, 미즈노, 스타스포츠, 골프존마켓, 골프용품, 스노우피크, 콜맨, 헬리녹스, 캠핑고래, 고릴라캠핑, 오케이아웃도어닷컴/ok아웃도어, 자전거마트, 알톤, 삼천리자전거, 트렉, 스페셜라이즈드, 낙원상가, 야마하뮤직, 스쿨뮤직, 프리버드, 코스모스악기, 영창악기, 꾸까/kukka, 원모먼트, 꽃파는총각, 화훼공판장, 양재꽃시장, 호미화방, 화방넷, 한가람문구, 액션피규어, 건담베이스, 피규어프레소, 애니메이트/animate, 가챠샵, 카드냥, 하비인, 한국조폐공사, 세븐모바일악세사리, 시디즈샵, 전자담배, 액상샵, 죠즈, 아이코스/iqos, 릴미니멀리움, 위스키앤모어, 와인클럽, 가자주류, 데일리샷, dick's sporting, rei.com, michaels, hobby lobby, party city, mandarake, yellow submarine, 로또, 동행복권`,
}
