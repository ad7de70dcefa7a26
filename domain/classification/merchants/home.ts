import type { Names } from './names.ts'

/** Home, telephone, subscriptions. */
export const home: Names = {
  'housing.maintenance': `아파트아이, 관리비, 아파트관리비, 오피스텔관리비`,
  'housing.utilities': `
    한국전력공사/한국전력/한전/kepco, 서울도시가스, 예스코, 코원에너지서비스/코원에너지, 삼천리도시가스/삼천리, 경동도시가스, 대륜이엔에스, 인천도시가스, 부산도시가스, 대성에너지, 해양에너지, 충청에너지서비스, 씨엔시티에너지/cncity,
    귀뚜라미에너지, 미래엔서해에너지, 경남에너지, 제이비주식회사, 강원도시가스, 영남에너지서비스, 서라벌도시가스, 한국지역난방공사/지역난방공사, gs파워, 안산도시개발, 서울에너지공사, 상수도사업본부, 상하수도사업소, 아리수, 수도요금, 전기요금, 도시가스요금, 하수도요금`,
  'telecom.mobile': `
    sk텔레콤/에스케이텔레콤/skt, kt통신요금/케이티/ktm모바일/kt엠모바일, lg유플러스/엘지유플러스/lguplus/lgu+/유플러스, sk7mobile/세븐모바일/sk텔링크, u+유모바일/유모바일/미디어로그, 헬로모바일/lg헬로비전모바일, 프리티/freet,
    티플러스, 이야기모바일/큰사람, 스마텔, 아이즈모바일, 인스코비, 안심모바일/sk에스원알뜰폰, 토스모바일, 리브모바일/리브엠/liivm, 우리원모바일, 핀다이렉트, 여유텔레콤, 이지모바일, kb리브모바일, 모빙, a모바일, 시월모바일, 코드모바일,
    verizon wireless, t-mobile, at&t, vodafone, docomo, softbank, rakuten mobile, airtel, singtel, ais topup, o2 telefonica, giffgaff, mint mobile`,
  'telecom.internet': `
    sk브로드밴드/에스케이브로드밴드/b tv, lg헬로비전/헬로비전, 딜라이브, kt스카이라이프/스카이라이프/skylife, kt인터넷, lgu+인터넷, 티브로드, cmb, hcn/현대hcn, 지니tv, 올레tv, 씨제이헬로, 서경방송, comcast, xfinity, spectrum`,
  'subscription.video': `
    넷플릭스/netflix, 유튜브프리미엄/youtubepremium/youtube premium/google youtube/youtube, 티빙/tving, 웨이브/wavve/콘텐츠웨이브, 왓챠/watcha, 디즈니플러스/디즈니+/disneyplus/disney+/disney plus, 쿠팡플레이, 라프텔/laftel, 애플tv, apple tv, 시즌seezn, u+모바일tv,
    hulu, hbo max, hbomax, primevideo, prime video, amazon prime video, paramount+, peacock, crunchyroll, dazn, spotv now, spotvnow, 스포티비나우, u-next, abema, twitch, 아프리카tv구독, 숲soop, 치지직, vimeo`,
  'subscription.content': `
    멜론/melon/카카오엔터멜론, 지니뮤직/genie, 벅스/bugs/nhn벅스, 플로/flo/드림어스컴퍼니, 바이브vibe, 스포티파이/spotify, 유튜브뮤직/youtube music, 애플뮤직/apple music, 사운드클라우드/soundcloud, 밀리의서재/밀리의 서재/millie, 윌라/welaaa/인플루엔셜, 리디셀렉트/리디/ridi,
    크레마클럽, yes24북클럽, 교보sam/sam베이직, 네이버웹툰/네이버시리즈/시리즈쿠키, 카카오페이지/카카오웹툰/kakaopage, 레진코믹스/레진, 탑툰, 투믹스, 봄툰, 미스터블루, 조아라, 문피아, 노벨피아, 퍼블리, 폴인, 롱블랙, 커피챗, 북저널리즘, 뉴닉, 아웃스탠딩, 더밀크,
    조선일보, 중앙일보/더중앙플러스, 동아일보, 한겨레, 경향신문, 매일경제, 한국경제, 서울신문, 시사in, 오더블/audible, kindle unlimited, 킨들언리미티드, scribd, medium, new york times, nytimes, economist, wsj, washington post, bloomberg, financial times, substack, patreon, deezer, tidal, kobo, storytel`,
  'subscription.software': `
    openai/chatgpt/오픈ai/챗gpt, anthropic/claude/claude.ai, midjourney, perplexity, cursor, github, gitlab, jetbrains, notion/노션, figma/피그마, slack, zoom.us/zoom video/zoom, dropbox/드롭박스, evernote, 1password, lastpass, nordvpn, expressvpn, surfshark,
    microsoft/마이크로소프트/msft/microsoft365/office365, adobe/어도비/adobe systems, google one/google storage/google cloud/구글원/google workspace/gsuite, 아이클라우드/icloud, apple.combill/apple services/애플서비스/apple.com/itunes.com/itunes, google play/구글플레이/google payment, 원스토어/onestore,
    aws/amazon web services/아마존웹서비스/aws emea, digitalocean, linode, vercel, netlify, heroku, cloudflare, godaddy, namecheap, 가비아/gabia, 후이즈, 카페24/cafe24, 호스팅케이알, 아이네임즈, 스마일서브/iwinv, 닷홈, 네이버클라우드/naver cloud, 네이버mybox/마이박스, ncloud, kt클라우드,
    한글과컴퓨터/한컴, 안랩/v3, 이스트소프트/알약, 미리캔버스/미리디, 망고보드, canva/캔바, grammarly, duolingo plus, deepl, todoist, ticktick, trello, atlassian, airtable, zapier, typeform, mailchimp, squarespace, wix.com, wordpress, shopify, elevenlabs, runway, suno, replit, setapp, parallels, bitwarden, protonmail/proton ag, malwarebytes, norton, mcafee, kaspersky, backblaze, 폴라리스오피스, 굿노트/goodnotes, 뤼튼/wrtn, 클로바노트, 채널톡, 잔디`,
  'subscription.membership': `
    네이버플러스멤버십/네이버플러스, 쿠팡와우/와우멤버십/로켓와우, 유니버스클럽/신세계유니버스, 스마일클럽, 우주패스/t우주, 요기패스, 배민클럽, 컬리멤버스, 올리브멤버스, lg유독/유독, kt멤버십, 카카오톡이모티콘플러스/이모티콘플러스, 카카오이모티콘, 톡서랍/톡서랍플러스,
    amazon prime, amznprime, 아마존프라임, costco membership, 코스트코연회비, 이마트트레이더스멤버십, 롯데오너스, 엘페이멤버십, 프리드라이프멤버십, 위버스멤버십/위버스, 버블구독/디어유버블/dearu, 당근플러스, 리멤버프리미엄, 링크드인/linkedin, 틴더/tinder, 글램, 아만다, 정오의데이트, bumble, discord nitro, discord, x premium, twitter blue, 카카오워크`,
  'subscription.rental': `
    코웨이/coway, 웅진코웨이, sk매직/에스케이매직/sk인텔릭스, 청호나이스, 쿠쿠홈시스/쿠쿠렌탈, 교원웰스/웰스, lg헬스케어솔루션/lg케어솔루션/엘지케어솔루션, lg전자구독, 바디프랜드/bodyfriend, 세라젬렌탈, 루헨스, 현대렌탈케어/현대큐밍, 한일월드, 렌탈나라, 삼성ai구독클럽, bs렌탈, 스마트렌탈, 롯데렌탈묘미`,
}
