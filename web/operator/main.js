import { auditView } from './audit-view.js'
import { bearer, forgetToken, hasToken } from './client.js'
import { el, show } from './elements.js'
import { historyView } from './history-view.js'
import { institutionsView } from './institution-acts.js'
import { listView } from './list-view.js'
import { signIn } from './sign-in.js'
import { statisticsView } from './statistics-view.js'
import { storyView } from './story-view.js'

/** Which view an address shows; whatever is unknown is the list. */
const VIEWS = [
  [/^#\/refreshes\/([\w-]+)\/(\d+)$/, ([, userKey, refreshNo]) => storyView(userKey, refreshNo)],
  [/^#\/audit$/, () => auditView()],
  [/^#\/institutions$/, () => institutionsView()],
  [/^#\/statistics\/([\w-]+)/, ([, institutionId]) => historyView(institutionId, given())],
  [/^#\/statistics/, () => statisticsView(given())],
  [/^/, () => listView(given())],
]

/** What stands behind the question mark of the address. */
const given = () => new URLSearchParams(location.hash.split('?')[1] ?? '')

let leave = () => {}

function go() {
  leave()
  const page = document.querySelector('#page')
  if (!hasToken()) {
    show(document.querySelector('#bar'), title())
    show(page, signIn(go))
    leave = () => {}
    return
  }
  show(document.querySelector('#bar'), title(), tabs(), person())
  for (const [pattern, view] of VIEWS) {
    const found = pattern.exec(location.hash)
    if (!found) continue
    const shown = view(found)
    leave = keepFresh(shown)
    show(page, shown.element)
    return
  }
}

/** Looks again while somebody looks, and stops when they go elsewhere. */
function keepFresh({ refresh, everyMs }) {
  const again = () => {
    if (document.visibilityState === 'visible') refresh().catch(onFailure)
  }
  again()
  const timer = setInterval(again, everyMs)
  return () => clearInterval(timer)
}

/** A token that is no longer taken is asked for again; whatever else is wrong is said at the top. */
function onFailure(error) {
  if (error.status === 401) {
    signOut()
    return
  }
  show(
    document.querySelector('#bar'),
    title(),
    tabs(),
    person(),
    el('p', { class: 'trouble', role: 'alert' }, error.message),
  )
}

const title = () => el('a', { class: 'title', href: '#/' }, 'Moa', el('span', {}, 'for operators'))

const TABS = [
  ['#/statistics', 'Statistics'],
  ['#/audit', 'Audit'],
  ['#/institutions', 'Institutions'],
]

const tabs = () =>
  el(
    'nav',
    {},
    tab('#/', 'Refreshes', !TABS.some(([href]) => isAt(href))),
    TABS.map(([href, text]) => tab(href, text, isAt(href))),
  )

const isAt = (place) => location.hash.startsWith(place)

const tab = (href, text, isHere) => el('a', { href, 'aria-current': isHere ? 'page' : null }, text)

function person() {
  const { name, mayAct } = bearer()
  return el(
    'div',
    { class: 'person' },
    el('span', {}, name),
    el('span', { class: 'role' }, mayAct ? 'operator' : 'viewer'),
    el('button', { type: 'button', class: 'quiet', onclick: signOut }, 'Sign out'),
  )
}

function signOut() {
  forgetToken()
  go()
}

addEventListener('hashchange', go)
go()
