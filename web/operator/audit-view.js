import { look } from './client.js'
import { dayAndClock } from './drawing.js'
import { el, show } from './elements.js'

const HEAD = ['When', 'Who', 'What', 'Whose', 'Institution', 'Why', 'Outcome', 'Before', 'After']

/** Who did what, and why; the newest hundred. */
export function auditView() {
  const rows = el('tbody')
  async function refresh() {
    const { entries } = await look('/audit', { limit: 100 })
    show(rows, entries.length === 0 ? nothing() : entries.map(rowOf))
  }
  const head = el(
    'thead',
    {},
    el(
      'tr',
      {},
      HEAD.map((name) => el('th', { scope: 'col' }, name)),
    ),
  )
  const element = el(
    'section',
    { class: 'card' },
    el('h1', {}, 'What operators did'),
    el('table', {}, head, rows),
  )
  return { element, refresh, everyMs: 5_000 }
}

const nothing = () => el('tr', {}, el('td', { colspan: HEAD.length, class: 'muted' }, 'Nothing yet.'))

function rowOf({ at, actor, action, userKey, institutionId, reason, details }) {
  const { refreshNo, outcome, before, after } = details
  const whose =
    userKey === null
      ? ''
      : el(
          'a',
          { href: `#/refreshes/${userKey}/${refreshNo}` },
          el('code', {}, `${userKey} ${refreshNo ?? ''}`),
        )
  return el(
    'tr',
    {},
    [
      dayAndClock(at),
      actor,
      action,
      whose,
      institutionId ?? '',
      reason ?? '',
      outcome ?? '',
      told(before),
      told(after),
    ].map((cell) => el('td', {}, cell)),
  )
}

/** Rows as they were, on one line each. */
const told = (value) =>
  value === undefined || value === null ? '' : el('code', { class: 'rows' }, JSON.stringify(value))
