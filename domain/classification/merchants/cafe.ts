import type { Names } from './names.ts'

export const cafe: Names = {
  'cafe.coffee': `
    스타벅스/starbucks/에스씨케이컴퍼니/sck컴퍼니, 투썸플레이스/투썸/atwosomeplace/twosome, 이디야커피/이디야/ediya, 메가엠지씨커피/메가커피/메가mgc/메가mgc커피/megacoffee/앤하우스,
    컴포즈커피/컴포즈/compose, 빽다방/paikdabang, 더벤티/theventi, 할리스커피/할리스/hollys, 커피빈/coffeebean, 폴바셋/paulbassett, 파스쿠찌/pascucci,
    엔제리너스/엔제리너스커피/angelinus, 탐앤탐스/tomntoms, 카페베네/caffebene, 드롭탑/droptop, 매머드커피/매머드익스프레스/mammoth, 블루보틀/bluebottle, 팀홀튼/timhortons,
    공차/gongcha, 아마스빈, 쥬씨/juicy, 요거프레소, 커피베이, 카페봄봄, 하삼동커피, 바나프레소, 토프레소, 더리터, 텐퍼센트커피/텐퍼센트, 우지커피, 커피에반하다,
    감성커피, 만랩커피, 벌크커피, 디저트39, 커피스미스, 달콤커피, 셀렉토커피, 전광수커피, 테라로사, 프릳츠, 앤트러사이트, 커피리브레, 나무사이로, 카멜커피, 노티드커피,
    팔공티, 오설록, 차백도, 밀크티, 타이거슈가, 춘풍미월, 백억커피, 블루샥, 읍천리382, 하이오커피, 빈스빈스, 카페게이트, 매스커피, 나우커피, 커피나무,
    costa coffee, costacoffee, peets coffee, dunkin coffee, doutor, 도토루, tullys, komeda, 코메다, luckin, heytea, % arabica, arabica, caffe nero, blank street`,
  'cafe.bakery': `
    파리바게뜨/파리바게트/파리크라상/parisbaguette, 뚜레쥬르/touslesjours, 던킨/던킨도너츠/dunkin, 배스킨라빈스/베스킨라빈스/baskinrobbins/br31/비알코리아, 크리스피크림/krispykreme,
    성심당, 삼송빵집, 이성당, 나폴레옹과자점, 태극당, 김영모과자점, 리치몬드과자점, 안스베이커리, 런던베이글뮤지엄/런던베이글, 노티드, 아티제, 신라명과, 브레댄코, 크라운베이커리,
    설빙, 요아정/요거트아이스크림의정석, 나뚜루, 하겐다즈/haagendazs, 벤앤제리스, 백미당, 아이스크림할인점, 더달달, 응응스크르, 픽미픽미아이스, 명랑핫도그, 청춘핫도그,
    한스케익, 도레도레, 빌리엔젤, 코코호도, 복호두, 앤티앤스/auntieannes, 와플대학, 봄봄와플, 와플반트, 써니힐, 왕가탕후루, 달콤왕가탕후루, 빚은, 떡보의하루, 낙원떡집,
    뉴욕바닐라, 밀도, 타르틴, 르뱅룰즈, 아우어베이커리, 태양당, 맘모스베이커리, 옵스, 비엔씨, 궁전제과, 베비에르, 몽블랑제, 보앤미, 브래드앤코, 쿠키베러댄, 크로플덕오리아가씨,
    cinnabon, dairy queen, laduree, pierre herme, beard papa, gelato, amorino, mister donut, 미스터도넛`,
}
