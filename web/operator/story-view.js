import { look } from './client.js'
import { clock, dayAndClock, drawingOf, lasting } from './drawing.js'
import { el, show } from './elements.js'
import { picture } from './svg.js'
import { verbsPanel } from './verbs.js'

/** One refresh: how it stands, its drawn timeline, what may be done, each institution, and every entry in words. */
export function storyView(userKey, refreshNo) {
  const places = { head: el('section'), drawn: el('div', { class: 'drawn card' }), lists: el('div') }
  const chosen = new Set()

  async function refresh() {
    const story = await look(`/refreshes/${userKey}/${refreshNo}`)
    const width = Math.max(720, places.drawn.clientWidth - 24)
    show(places.head, headOf(story))
    const entries = entryList(story)
    show(
      places.drawn,
      picture(drawingOf(story, width), (at) => point(entries, at)),
      legend(),
    )
    show(places.lists, institutionTable(story, chosen), entries)
    verbs.follow(story.refresh)
  }

  const verbs = verbsPanel(userKey, refreshNo, () => [...chosen], refresh)
  const element = el('div', { class: 'story' }, places.head, places.drawn, verbs.element, places.lists)
  return { element, refresh, everyMs: 2_000 }
}

function headOf({ now, refresh }) {
  const { userKey, refreshNo, state, reason, openedAt, closedAt, closedBecause, deadline, trace } = refresh
  const ms = Date.parse(closedAt ?? now) - Date.parse(openedAt)
  const lasted = closedAt
    ? `lasted ${lasting(ms)}`
    : `open for ${lasting(ms)}, until ${dayAndClock(deadline)} at the latest`
  return el(
    'div',
    { class: 'head' },
    el(
      'h1',
      {},
      `Refresh ${refreshNo} of `,
      el('code', {}, userKey),
      ' ',
      el('span', { class: `state ${state}` }, state),
    ),
    el(
      'p',
      { class: 'muted' },
      `${dayAndClock(openedAt)} by ${reason}; ${lasted}${closedBecause ? `; ${closedBecause}` : ''}`,
    ),
    el(
      'p',
      { class: 'links' },
      trace ? el('a', { href: trace, target: '_blank', rel: 'noreferrer' }, 'Its trace in Temporal') : null,
      el('a', { href: `#/?userKey=${userKey}` }, 'All of this user’s'),
    ),
  )
}

function institutionTable({ institutions, now }, chosen) {
  const box = (institutionId) => {
    const onchange = (event) =>
      event.target.checked ? chosen.add(institutionId) : chosen.delete(institutionId)
    return el('input', {
      type: 'checkbox',
      checked: chosen.has(institutionId),
      onchange,
      'aria-label': institutionId,
    })
  }
  const rows = institutions.map(
    ({ institutionId, name, state, round, failure, blame, nextTryAt, isUnseen }) =>
      el(
        'tr',
        {},
        [
          box(institutionId),
          name,
          el('code', {}, institutionId),
          el('span', { class: `state ${state}` }, state),
          String(round),
          failure ?? '',
          el('span', { class: 'muted' }, blame ?? (isUnseen ? 'not yet read by its run' : '')),
          nextTryAt ? `${clock(Date.parse(nextTryAt))} (${ahead(nextTryAt, now)})` : '',
        ].map((cell) => el('td', {}, cell)),
      ),
  )
  const head = ['', 'Institution', '', 'State', 'Round', 'Failure', 'Who', 'Next try']
  return el(
    'section',
    { class: 'card' },
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          head.map((name) => el('th', {}, name)),
        ),
      ),
      el('tbody', {}, rows),
    ),
  )
}

function ahead(at, now) {
  const ms = Date.parse(at) - Date.parse(now)
  return ms > 0 ? `in ${lasting(ms)}` : 'due'
}

const entryList = ({ timeline, isShortened }) =>
  el(
    'ol',
    { class: 'card entries' },
    isShortened ? el('li', { class: 'muted' }, 'What came before is more than a timeline holds.') : null,
    timeline.map(({ kind, at, words, isAhead, outcome }) =>
      el(
        'li',
        { class: `${kind} ${outcome ?? ''} ${isAhead ? 'ahead' : ''}` },
        el('time', { datetime: at, title: at }, dayAndClock(at)),
        el('span', {}, words),
      ),
    ),
  )

/** Shows which entry a shape stands for. */
function point(entries, at) {
  const lines = [...entries.querySelectorAll('li')].filter((line) => line.querySelector('time'))
  for (const line of lines) line.classList.toggle('chosen', line === lines[at])
  lines[at].scrollIntoView({ block: 'center', behavior: 'smooth' })
}

const LOOKS = ['changed', 'unchanged', 'failed', 'abandoned', 'going']

const legend = () =>
  el(
    'p',
    { class: 'legend' },
    LOOKS.map((look_) => el('span', { class: `key ${look_}` }, look_ === 'going' ? 'being read' : look_)),
    el('span', { class: 'key wait' }, 'waiting'),
    el('span', {}, '▲ opened, joined'),
    el('span', {}, '◆ published'),
    el('span', {}, '⬟ order'),
    el('span', {}, '◀ next try'),
    el('span', {}, '■ closed'),
    el('span', {}, '| deadline'),
    el(
      'span',
      { class: 'muted' },
      'Korean time; wide stretches are shown narrower, their length stands above them.',
    ),
  )
