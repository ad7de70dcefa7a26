import { createHash } from 'node:crypto'

import type { ConsentRequest } from './consent-request.ts'
import type { World } from './world.ts'

/** Words of a scope as a person reads them. */
const words: Readonly<Record<string, string>> = {
  'bank.list': '계좌 목록',
  'bank.deposit': '예금·적금 잔액과 거래내역',
  'bank.loan': '대출 잔액과 거래내역',
  'card.list': '카드 목록',
  'card.card': '카드 정보와 이용내역',
  'card.point': '포인트',
  'card.bill': '청구서',
  'card.loan': '카드 대출',
}
/** People to pick from besides any other id. */
const OFFERED = 6

const STYLE = `
body { margin: 0; background: #f2f4f6; color: #191f28; font: 16px/1.6 system-ui, sans-serif }
main { max-width: 30rem; margin: 2rem auto; padding: 2rem; background: #fff; border-radius: 1rem }
h1 { margin: 0 0 .5rem; font-size: 1.4rem } h2 { margin: 1.5rem 0 .25rem; font-size: 1rem }
ul { margin: 0; padding-left: 1.2rem } fieldset { margin: 0; padding: 0; border: 0 } label { display: block; padding: .25rem 0 }
input[type=text] { width: 100%; box-sizing: border-box; padding: .6rem; border: 1px solid #b0b8c1; border-radius: .5rem; font: inherit }
button { width: 100%; margin-top: .75rem; padding: .8rem; border: 0; border-radius: .6rem; font: inherit; cursor: pointer }
.agree { margin-top: 1.5rem; background: #1b64da; color: #fff } .refuse { background: #e5e8eb; color: #333d4b }
.note { color: #6b7684; font-size: .85rem } [role=alert] { padding: .75rem; border-radius: .5rem; background: #ffeeee; color: #b3261e }
`
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** The page on which a person logs in and agrees or refuses. */
export function consentPage(
  world: World,
  request: ConsentRequest,
  { session, action, fault }: { session: string; action: string; fault?: string },
): string {
  const { place, grants, loginHint, clientId } = request
  const name = place.institution?.name ?? '통합인증'
  const end = grants[0]?.[1].endsOn ?? ''
  return pageOf(
    `${name} 전송요구`,
    `${fault === undefined ? '' : `<p role="alert">${escaped(fault)}</p>`}
<p><strong>${escaped(clientId)}</strong>에 아래 정보를 ${end}까지 보내는 데 동의하시겠습니까?</p>
${grants.map(([institutionId, { scope }]) => askedOf(world, institutionId, scope)).join('\n')}
<form method="post" action="${escaped(action)}">
<input type="hidden" name="session" value="${escaped(session)}">
<fieldset><h2>누구로 로그인할까요?</h2>
${peopleOf(world, loginHint).map(choiceOf).join('\n')}
<label>다른 사람 <input type="text" name="other" maxlength="64" autocomplete="off"></label></fieldset>
<label><input type="checkbox" name="memo" value="yes" checked> 거래 메모와 가맹점 이름도 보냅니다</label>
<button class="agree" name="decision" value="agree">동의</button>
<button class="refuse" name="decision" value="refuse">거부</button>
</form>
<p class="note">이 기관과 사람은 모두 지어낸 것입니다.</p>`,
  )
}

/** A page that only says something. */
export function wordPage(title: string, text: string): string {
  return pageOf(title, `<p>${escaped(text)}</p>`)
}

/** Nothing is loaded, nothing runs, nobody frames it; the form leads here, and from here to the callback. */
export function pagePolicy(redirectUri: string | undefined): string {
  const callback = redirectUri === undefined ? '' : ` ${placeOf(redirectUri)}`
  return (
    `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; ` +
    `form-action 'self'${callback}; base-uri 'none'; frame-ancestors 'none'`
  )
}

function pageOf(title: string, body: string): string {
  return `<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1>
${body}
</main></body></html>
`
}

function askedOf({ institutions }: World, institutionId: string, scope: string): string {
  const items = scope.split(' ').map((word) => `<li>${escaped(words[word] ?? word)}</li>`)
  return `<h2>${escaped(institutions.get(institutionId)?.name ?? institutionId)}</h2><ul>${items.join('')}</ul>`
}

function peopleOf(world: World, loginHint: string): string[] {
  const known = [loginHint, 'minji', ...world.consents.people].filter((person) => person !== '')
  return [...new Set(known)].slice(0, OFFERED)
}

function choiceOf(person: string, at: number): string {
  const checked = at === 0 ? ' checked' : ''
  return `<label><input type="radio" name="person" value="${escaped(person)}"${checked}> ${escaped(person)}</label>`
}

/** The origin of an address; the scheme alone where there is none, as of an app. */
function placeOf(redirectUri: string): string {
  const { origin, protocol } = new URL(redirectUri)
  return origin === 'null' ? protocol : origin
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
