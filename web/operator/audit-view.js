import { changesOf } from './changes.js'
import { look } from './client.js'
import { dayAndClock } from './drawing.js'
import { el, show } from './elements.js'

const HEAD = ['When', 'Who', 'What', 'Whose', 'Institution', 'Why', 'Outcome', 'Changed']

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
  const { refreshNo, outcome, because, via } = details
  const whose =
    userKey === null
      ? ''
      : el(
          'a',
          { href: `#/refreshes/${userKey}/${refreshNo}` },
          el('code', {}, `${userKey} ${refreshNo ?? ''}`),
        )
  const cells = [
    dayAndClock(at),
    via === 'engine' ? `${actor}, through the engine` : actor,
    action,
    whose,
    institutionId ?? '',
    reason ?? '',
    [outcome, because].filter((word) => word).join(': '),
    changesOf(details).map((change) => el('div', {}, change)),
  ]
  return el(
    'tr',
    {},
    cells.map((cell) => el('td', {}, cell)),
  )
}
