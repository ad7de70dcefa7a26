import { look } from './client.js'
import { dayAndClock } from './drawing.js'
import { el, show } from './elements.js'
import { line } from './series-picture.js'
import { percent, took } from './words.js'

const HEAD = [
  'Institution',
  'State',
  '',
  'Calls',
  'Failed',
  'Theirs',
  'p50',
  'p95',
  'p99',
  'Readings',
  'Most fail by',
]
const SPANS = ['15m', '1h', '6h', '1d']

/** How every institution fares, the worst first, with its calls in a line. */
export function statisticsView(given) {
  const since = SPANS.includes(given.get('since')) ? given.get('since') : '1h'
  const rows = el('tbody')
  async function refresh() {
    const seen = await look('/institutions', { since })
    show(rows, seen.institutions.length === 0 ? nothing() : seen.institutions.map((one) => rowOf(one, seen)))
  }
  const head = el(
    'tr',
    {},
    HEAD.map((name) => el('th', { scope: 'col' }, name)),
  )
  const element = el(
    'section',
    { class: 'card' },
    el('h1', {}, 'How institutions fare'),
    el('p', { class: 'muted' }, 'Calls of the last ', spans(since), '. A dash: too few calls to say.'),
    el('table', { class: 'institutions' }, el('thead', {}, head), rows),
  )
  return { element, refresh, everyMs: 10_000 }
}

const spans = (since) =>
  SPANS.flatMap((span) => [
    span === since ? el('b', {}, span) : el('a', { href: `#/statistics?since=${span}` }, span),
    ' ',
  ])

const nothing = () =>
  el('tr', {}, el('td', { colspan: HEAD.length, class: 'muted' }, 'No institution is registered.'))

function rowOf(one, { since, now, stepMs }) {
  const { institutionId, name, calls, failed, shares, p50Ms, p95Ms, p99Ms, readings, failures } = one
  const href = `#/statistics/${institutionId}`
  return el(
    'tr',
    { class: 'link', onclick: () => (location.hash = href) },
    el('td', {}, el('a', { href }, name), ' ', el('code', {}, institutionId)),
    el('td', {}, stateOf(one)),
    el('td', {}, line(one.steps, { from: Date.parse(since), to: Date.parse(now), stepMs })),
    number(calls.toLocaleString('en')),
    number(failed.toLocaleString('en')),
    number(shares === null ? '–' : percent(shares.institution)),
    ...[p50Ms, p95Ms, p99Ms].map((ms) => number(took(ms))),
    number(`${readings.inUse} of ${readings.most}`),
    el('td', { class: 'muted' }, failures[0]?.failure ?? ''),
  )
}

const number = (text) => el('td', { class: 'number' }, text)

/** Its health, and since when; whether it is asked again. */
export function stateOf({ breaker, health: { state, since, nextTryAt }, state: standing }) {
  const more = [
    since === null ? '' : `since ${dayAndClock(since)}`,
    nextTryAt === null ? '' : `next try ${dayAndClock(nextTryAt)}`,
    breaker?.forced ? `forced ${breaker.forced.to} until ${dayAndClock(breaker.forced.until)}` : '',
  ].filter((part) => part !== '')
  const shown = standing === 'removed' ? 'removed' : state
  return el('span', {}, el('span', { class: `state ${shown}` }, shown), ' ', more.join(', '))
}
