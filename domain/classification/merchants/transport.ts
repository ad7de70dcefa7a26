import type { Names } from './names.ts'

export const transport: Names = {
  'transport.public': `
    티머니/tmoney/한국스마트카드, 캐시비/cashbee/이동의즐거움, 한페이/hanpay, 레일플러스, 원패스, 서울교통공사, 서울메트로, 부산교통공사, 인천교통공사, 대구교통공사, 대전교통공사,
    광주교통공사, 신분당선, 네오트랜스, 공항철도/arex, 우이신설경전철, 용인경전철, 후불교통, 교통카드, 기후동행카드, k패스, 시내버스, 마을버스, 광역버스,
    suica, pasmo, icoca, oyster, tfl travel, transport for london, mta*, mta nyct, octopus card, ezlink, easycard, 도쿄메트로, tokyo metro, ratp, bvg, clipper`,
  'transport.intercity': `
    한국철도공사/코레일/korail, ktx, srt, 에스알, 코레일톡, 티머니고속버스, 코버스/kobus, 버스타고/bustago, 고속버스통합, 시외버스, 고속버스, 동서울터미널, 서울고속버스터미널, 센트럴시티터미널,
    동양고속, 금호고속, 천일고속, 중앙고속, 한일고속, 삼화고속, 씨월드고속훼리, 한일고속페리, 대저해운, 공항리무진, 공항버스, 서울공항리무진, kal리무진,
    jr east, jreast, jrwest, jr-central, smartex, 신칸센, amtrak, eurostar, sncf, trenitalia, italo, deutsche bahn, db vertrieb, db bahn, renfe, trainline, omio, flixbus, greyhound, megabus, 12go, national express`,
  'transport.taxi': `
    카카오택시/카카오t택시/카카오t/카카오모빌리티, 우티/uber/우버, 타다/tada, 온다택시, 아이엠택시/아이엠, 마카롱택시, 반반택시, 티머니onda, 카카오t대리, 카카오대리, 티맵대리, 로지대리, 대리의신,
    lyft, grab, grabtaxi, bolt, cabify, gojek, didi, 그랩, freenow, go taxi, japan taxi, s.ride, indrive, yellow cab, nyc taxi, be group`,
  'transport.shared': `
    쏘카/socar, 그린카/greencar, 롯데렌터카/롯데렌탈, sk렌터카, 투루카, 피플카, 제주렌트카, 카모아, 찜카, 따릉이, 서울자전거, 카카오t바이크, 카카오바이크, 일레클,
    킥고잉/kickgoing, 지쿠터/지쿠/지바이크/gcooter, 씽씽, 빔모빌리티/beam, 스윙/swing, 디어, 뉴런, 라임/lime, 타슈, 어울링, 누비자, hertz, avis, enterprise rent, sixt, europcar, budget rent, alamo, times car, toyota rent, nippon rent, orix rent, citibike, zipcar, turo`,
  'transport.fuel': `
    sk에너지, sk엔크린, gs칼텍스/지에스칼텍스/gscaltex, s오일/에쓰오일/soil/s-oil, 현대오일뱅크/hd현대오일뱅크/oilbank, 알뜰주유소, 농협주유소, nh오일, e1, sk가스, 오일뱅크, 구도일,
    채비/대영채비, 에버온, 차지비/chargev, 이브이시스/evsis, 환경부충전, 한국전력충전, 해피차저, gs차지비, 파워큐브, 클린일렉스, 테슬라슈퍼차저, tesla supercharger, 플러그링크, 이지차저, 스타코프, 워터전기차, 일렉링크, 투이스이브이씨, 모두의충전,
    shell, chevron, exxon, exxonmobil, bp, esso, arco, 76, texaco, total energies, totalenergies, eneos, 에네오스, idemitsu, cosmo oil, petronas, caltex, circle k gas`,
  'transport.parking': `
    모두의주차장/모두컴퍼니, 하이파킹, 아이파킹/파킹클라우드, 투루파킹, 카카오t주차, 윌슨파킹/wilsonparking, 나이스파크/아마노코리아/아마노, 파킹프렌즈, 주만사, gs파크24, 서울시설공단주차, 휴맥스파킹, 인천공항주차,
    paybyphone, parkmobile, ringgo, parkopedia, times24, ncp park, sp+ parking, easypark`,
  'transport.toll': `
    한국도로공사/하이패스/hipass, 하이플러스카드, 이엑스모바일, 신공항하이웨이, 인천대교, 천안논산고속도로, 서울춘천고속도로, 서울양양고속도로, 서울고속도로, 경기고속도로, 거가대로, 마창대교, 광안대로, 용인서울고속도로,
    구리포천고속도로, 서부간선지하도로, 우면산인프라웨이, 부산항대교, 을숙도대교, 백양터널, 수정산터널, 만덕터널, 대구부산고속도로, 에스엠하이플러스, 통행료, e-zpass, ezpass, fastrak, salik, autostrade`,
  'transport.car_care': `
    스피드메이트, 오토큐, 기아오토큐, 블루핸즈, 카닥, 공임나라, 마이마부, 타이어뱅크, 티스테이션, 더타이어샵, 타이어프로, 넥센타이어, 한국타이어, 금호타이어, 미쉐린, 타이어테크, 카수리, 보쉬카서비스, 불스원, 오토오아시스,
    현대모비스, 한국교통안전공단, 자동차검사소, 워시앤조이, 셀프세차, 오토앤, 르노코리아서비스, 쌍용서비스, 도이치모터스, 한성자동차, 코오롱모터스, autozone, jiffy lube, pep boys`,
}
