import { act, bearer, look } from './client.js'
import { askWhy } from './dialog.js'
import { dayAndClock } from './drawing.js'
import { el, show } from './elements.js'
import { say } from './verbs.js'

const HEAD = [
  'Institution',
  '',
  'Reading now',
  'Bears',
  'May be read',
  'Hours and maintenance',
  'Times of its own',
]
// As many pages of a hundred as the portal has institutions, with room.
const MOST_PAGES = 10

/** What operators have said of each institution, and pausing or resuming one with a reason. */
export function institutionsView() {
  const result = el('p', { class: 'result', role: 'status' })
  const rows = el('tbody')
  const done = async (how, text) => {
    say(result, how, text)
    await refresh()
  }

  async function refresh() {
    const institutions = []
    let cursor = null
    for (let page = 0; page === 0 || (cursor !== null && page < MOST_PAGES); page += 1) {
      const answer = await look('/institution-settings', { limit: 100, cursor })
      institutions.push(...answer.institutions)
      cursor = answer.nextCursor
    }
    show(rows, institutions.length === 0 ? nothing() : institutions.map((one) => rowOf(one, done)))
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
  const element = el('div', {}, result, el('section', { class: 'card' }, el('table', {}, head, rows)))
  return { element, refresh, everyMs: 5_000 }
}

const nothing = () =>
  el('tr', {}, el('td', { colspan: HEAD.length, class: 'muted' }, 'No institution is known.'))

function rowOf({ institutionId, name, state, reading, concurrency, held, windows, callMs, attemptMs }, done) {
  return el(
    'tr',
    {},
    el(
      'td',
      {},
      el('a', { href: `#/?institution=${institutionId}` }, name),
      ' ',
      el('code', {}, institutionId),
    ),
    // First, where no long text can push it out of sight.
    el('td', {}, state === 'removed' ? null : pauseButton(institutionId, state, done)),
    el('td', { class: 'number' }, String(reading)),
    el('td', { class: 'number' }, String(concurrency)),
    el('td', {}, held === null ? 'yes' : `no: ${held}`),
    el('td', { class: 'muted' }, windowsInWords(windows).map(line)),
    el('td', { class: 'muted' }, timesInWords(callMs, attemptMs)),
  )
}

function pauseButton(institutionId, state, done) {
  const [verb, text, question] =
    state === 'paused'
      ? ['resume', 'Resume', `Read ${institutionId} again, and wake all that wait for that? Why?`]
      : ['pause', 'Pause', `Begin no reading of ${institutionId} until it is resumed? Why?`]
  const order = async () => {
    const why = await askWhy(question, text)
    if (why === null) return
    await act(`/institutions/${institutionId}/${verb}`, { why }).then(
      ({ changed, waiting }) =>
        done(
          'good',
          `${institutionId}: ${changed ? `${verb}d` : 'as before'}; ${waiting} that waited are due`,
        ),
      (error) => done('bad', error.message),
    )
  }
  return el('button', { type: 'button', class: 'quiet', onclick: order, disabled: !bearer().mayAct }, text)
}

/** 'mon 06:00–23:30', '11-23 22:00:00 to 11-24 02:00:00: core banking': by the clock in Korea, one to a line. */
function windowsInWords({ hours, maintenance }) {
  const open =
    hours === null
      ? ['at any hour']
      : Object.entries(hours).map(
          ([day, spans]) => `${day} ${spans.map(({ from, to }) => `${from}–${to}`).join(' ')}`,
        )
  const announced = maintenance.map(
    ({ from, to, text }) => `${dayAndClock(from)} to ${dayAndClock(to)}: ${text}`,
  )
  return [...open, ...announced]
}

const line = (text) => el('div', {}, text)

const timesInWords = (callMs, attemptMs) =>
  [
    [callMs, 'a call'],
    [attemptMs, 'an attempt'],
  ]
    .flatMap(([ms, what]) => (ms === null ? [] : `${what} ${ms / 1_000} s`))
    .join(', ')
