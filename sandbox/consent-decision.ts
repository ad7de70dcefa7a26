import { formOf } from './body.ts'
import { backWith, type ConsentAnswer, page } from './consent-answer.ts'
import { consentPage, wordPage } from './consent-page.ts'
import { type Callback, ConsentRefusal, type ConsentRequest, type Query } from './consent-request.ts'
import { LOGIN, type Visit } from './consent-visit.ts'
import { ControlError } from './control-error.ts'
import { ciOf, personOf } from './subjects.ts'
import type { World } from './world.ts'

/** The person agreed: a code, if it is who it must be. */
export function agree(
  visit: Visit,
  request: ConsentRequest,
  { person, memo }: { person: string; memo: boolean },
): ConsentAnswer {
  const { world, call } = visit
  call.person = person
  if (request.ci !== undefined && request.ci !== ciOf(world, person))
    return refuse(visit, request, new ConsentRefusal('unauthorized_user', 'another person logged in'))
  const { clientId, redirectUri, challenge } = request
  const grants = request.grants.map(([id, grant]): (typeof request.grants)[number] => [
    id,
    { ...grant, memo },
  ])
  const code = world.codes.issue({ person, clientId, grants, redirectUri, challenge })
  world.changed(true)
  return backWith(visit, request, { code })
}

export function refuse(
  visit: Visit,
  callback: Callback,
  { error, description }: ConsentRefusal,
): ConsentAnswer {
  return backWith(visit, callback, { error, error_description: description })
}

/** Shows the page of a login that waits, or takes its answer. */
export function answerLogin(visit: Visit, body: string | undefined): ConsentAnswer {
  const { world, url, request, note } = visit
  if (request.method !== 'GET' && request.method !== 'POST') {
    note('wrong-method', `${request.method}`)
    return page(wordPage('405', '이 주소는 화면과 그 응답만 받습니다.'), undefined, 405)
  }
  const isAnswer = request.method === 'POST'
  const form = isAnswer ? formOf(request, body) : undefined
  const session = (isAnswer ? form?.['session'] : url.searchParams.get('session')) ?? ''
  const asked = world.logins.find(session)
  if (!asked || asked.place.placeId !== visit.place.placeId)
    return page(
      wordPage('끝난 화면', '이미 응답했거나 10분이 지났습니다. 앱에서 다시 시작해 주세요.'),
      undefined,
      400,
    )
  return form ? decided(visit, asked, session, form) : loginPage(visit, asked, session)
}

export function loginPage(
  { world, place }: Visit,
  request: ConsentRequest,
  session: string,
  fault?: string,
): ConsentAnswer {
  const action = `/${place.placeId}${LOGIN}`
  const html = consentPage(world, request, { session, action, ...(fault === undefined ? {} : { fault }) })
  return page(html, request.redirectUri, fault === undefined ? 200 : 400)
}

export function isPerson(world: World, person: string): boolean {
  try {
    return personOf(world, person) === person
  } catch (error) {
    if (error instanceof ControlError) return false
    throw error
  }
}

/** A page is answered once; one that cannot be taken is shown again. */
function decided(visit: Visit, asked: ConsentRequest, session: string, form: Query['values']): ConsentAnswer {
  const { world } = visit
  const person = form['other']?.trim() || form['person'] || ''
  if (form['decision'] === 'refuse') {
    world.logins.close(session)
    return refuse(visit, asked, new ConsentRefusal('access_denied', 'the person refused'))
  }
  if (form['decision'] !== 'agree') return loginPage(visit, asked, session, '동의나 거부를 골라 주세요.')
  if (!isPerson(world, person)) return loginPage(visit, asked, session, '그런 사람은 있을 수 없습니다.')
  world.logins.close(session)
  return agree(visit, asked, { person, memo: form['memo'] === 'yes' })
}
