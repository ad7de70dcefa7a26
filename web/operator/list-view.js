import { look } from './client.js'
import { dayAndClock, lasting } from './drawing.js'
import { el, show } from './elements.js'
import { recoveredButton, say } from './verbs.js'

const STATES = ['requested', 'running', 'parked', 'succeeded', 'incomplete', 'failed', 'cancelled', 'lost']
const FIELDS = [
  ['state', 'State', 'parked,running or open'],
  ['institution', 'Institution', 'its code'],
  ['failure', 'Failure', 'InstitutionTooSlow'],
  ['olderThan', 'Older than', '15m, 2h, 3d'],
  ['waitingFor', 'Waiting for', 'an institution’s code'],
  ['userKey', 'User key', ''],
]

/** How everything stands, and the refreshes that one looks for. */
export function listView(filter) {
  const overview = el('section', { class: 'overview' })
  const result = el('p', { class: 'result', role: 'status' })
  const recovered = (look_, text) => say(result, look_, text)
  const rows = el('tbody')
  // Ten pages are enough to look through; what lies deeper is found by a filter.
  let pages = [null]
  let next = null
  const older = () => {
    pages = [...pages, next].slice(0, 10)
    refresh().catch(() => {})
  }
  const more = el('button', { type: 'button', class: 'quiet', hidden: true, onclick: older }, 'Older ones')

  async function refresh() {
    const [counts, ...lists] = await Promise.all([
      look('/overview'),
      ...pages.map((cursor) => look('/refreshes', { ...Object.fromEntries(filter), cursor })),
    ])
    show(overview, ...overviewParts(counts, recovered))
    const refreshes = lists.flatMap((list) => list.refreshes)
    show(rows, refreshes.length === 0 ? nothing() : refreshes.map(rowOf))
    next = lists.at(-1).nextCursor
    more.hidden = next === null
  }

  const head = ['Opened', 'Lasted', 'State', 'User', 'No', 'By', 'Institutions', 'Failed']
  const table = el(
    'table',
    { class: 'refreshes' },
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        head.map((name) => el('th', { scope: 'col' }, name)),
      ),
    ),
    rows,
  )
  const element = el(
    'div',
    {},
    overview,
    result,
    filterForm(filter),
    el('section', { class: 'card' }, table, more),
  )
  return { element, refresh, everyMs: 3_000 }
}

function filterForm(filter) {
  return el(
    'form',
    { class: 'card filter', onsubmit: findWhatIsGiven },
    FIELDS.map(([name, label, hint]) =>
      el(
        'label',
        {},
        label,
        el('input', { name, value: filter.get(name) ?? '', placeholder: hint, spellcheck: 'false' }),
      ),
    ),
    el('button', { type: 'submit' }, 'Find'),
    el('a', { href: '#/', class: 'quiet' }, 'Everything'),
  )
}

function findWhatIsGiven(event) {
  event.preventDefault()
  const given = [...new FormData(event.target)].filter(([, value]) => value !== '')
  location.hash = `#/?${new URLSearchParams(given).toString()}`
}

function overviewParts({ states, failures }, recovered) {
  const tiles = STATES.map((state) => {
    const found = states.find((row) => row.state === state)
    const oldest = found ? `oldest ${lasting(found.oldestAgeMs)}` : '–'
    return el(
      'a',
      { class: `tile ${state}`, href: `#/?state=${state}` },
      el('b', {}, (found?.refreshes ?? 0).toLocaleString('en')),
      el('span', {}, state),
      el('small', {}, oldest),
    )
  })
  const table = el(
    'table',
    {},
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        ['Institution', 'Failure', 'Refreshes', 'Open', 'Next try', 'Who', ''].map((name) =>
          el('th', {}, name),
        ),
      ),
    ),
    el(
      'tbody',
      {},
      failures.map((row) => failureRow(row, recovered)),
    ),
  )
  return [
    el('div', { class: 'tiles' }, tiles),
    el(
      'div',
      { class: 'card' },
      el('h2', {}, 'What fails, open and of a day'),
      failures.length === 0 ? el('p', { class: 'muted' }, 'Nothing.') : table,
    ),
  ]
}

const failureRow = ({ institutionId, name, failure, blame, refreshes, open, nextTryAt }, recovered) =>
  el(
    'tr',
    {},
    el(
      'td',
      {},
      el('a', { href: `#/?institution=${institutionId}` }, name),
      ' ',
      el('code', {}, institutionId),
    ),
    el('td', {}, el('a', { href: `#/?institution=${institutionId}&failure=${failure}` }, failure)),
    el('td', { class: 'number' }, String(refreshes)),
    el(
      'td',
      { class: 'number' },
      open === 0 ? '0' : el('a', { href: `#/?waitingFor=${institutionId}` }, String(open)),
    ),
    el('td', {}, nextTryAt === null ? '–' : dayAndClock(nextTryAt)),
    el('td', { class: 'muted' }, blame),
    el('td', {}, open === 0 ? null : recoveredButton(institutionId, recovered)),
  )

const nothing = () => el('tr', {}, el('td', { colspan: 8, class: 'muted' }, 'No refresh is like that.'))

function rowOf(row) {
  const { userKey, refreshNo, state, reason, openedAt, ageMs, institutions, failed, closedBecause } = row
  const href = `#/refreshes/${userKey}/${refreshNo}`
  const failures = failed.map((one) => `${one.institutionId} ${one.failure}`).join(', ')
  return el(
    'tr',
    { class: 'link', onclick: () => (location.hash = href) },
    el('td', {}, dayAndClock(openedAt)),
    el('td', { class: 'number' }, lasting(ageMs)),
    el('td', {}, el('span', { class: `state ${state}` }, state)),
    el('td', {}, el('code', {}, userKey)),
    el('td', { class: 'number' }, el('a', { href }, String(refreshNo))),
    el('td', {}, reason),
    el('td', {}, share(institutions)),
    el('td', { class: 'muted' }, failures || closedBecause || ''),
  )
}

/** How much of it is read, at a glance. */
function share(institutions) {
  const all = Object.values(institutions).reduce((sum, count) => sum + count, 0)
  const parts = Object.entries(institutions).map(([state, count]) => `${count} ${state}`)
  return el(
    'span',
    { class: 'share', title: parts.join(', ') },
    el('meter', { min: 0, max: Math.max(1, all), value: institutions.collected ?? 0 }),
    ` ${institutions.collected ?? 0} of ${all}`,
  )
}
