import { look } from './client.js'
import { dayAndClock } from './drawing.js'
import { el, show } from './elements.js'
import { chart } from './series-picture.js'
import { stateOf } from './statistics-view.js'
import { percent, took } from './words.js'

const SPANS = [
  ['6h', 'minute'],
  ['2d', 'hour'],
  ['14d', 'hour'],
]

/** One institution: its calls step by step, how long they took, and what they failed by. */
export function historyView(institutionId, given) {
  const [since, by] = SPANS.find(([span]) => span === given.get('since')) ?? SPANS[0]
  const top = el('section', { class: 'card head' })
  const picture = el('section', { class: 'card' })
  const failures = el('section', { class: 'card' })
  const breaker = el('section', { class: 'card' })

  async function refresh() {
    const seen = await look(`/institutions/${institutionId}/history`, { since, by })
    show(top, ...headOf(seen.institution, since))
    show(
      picture,
      el('h2', {}, `Calls by ${by}, and within how long half and nineteen in twenty of them ended`),
      chart(seen),
    )
    show(failures, el('h2', {}, 'What failed'), ...failed(seen.institution))
    show(breaker, el('h2', {}, 'How its breaker changed'), ...changed(seen.transitions))
  }
  return { element: el('div', {}, top, picture, failures, breaker), refresh, everyMs: 10_000 }
}

function headOf(one, since) {
  const { institutionId, name, industry, calls, samples, shares, p50Ms, p95Ms, p99Ms, readings } = one
  const spans = SPANS.flatMap(([span]) => [
    span === since
      ? el('b', {}, span)
      : el('a', { href: `#/statistics/${institutionId}?since=${span}` }, span),
    ' ',
  ])
  return [
    el('h1', {}, `${name} `, el('code', {}, institutionId)),
    el('p', {}, stateOf(one)),
    el(
      'p',
      { class: 'muted' },
      `${industry}, ${readings.inUse} of ${readings.most} readings under way; the last `,
      spans,
    ),
    el(
      'p',
      {},
      `${calls.toLocaleString('en')} calls`,
      shares === null
        ? ', too few to say more'
        : `, ${percent(shares.answered)} answered: ${sharesIn(shares)}`,
    ),
    el(
      'p',
      {},
      `half within ${took(p50Ms)}, p95 ${took(p95Ms)}, p99 ${took(p99Ms)} (${samples.toLocaleString('en')} calls)`,
    ),
    el(
      'p',
      { class: 'links' },
      el('a', { href: `#/?institution=${institutionId}` }, 'Its refreshes'),
      el('a', { href: `#/?waitingFor=${institutionId}` }, 'Who waits for it'),
    ),
  ]
}

const WHOSE = [
  ['institution', 'theirs'],
  ['us', 'ours'],
  ['user', 'the users’'],
  ['nobody', 'nobody’s'],
]
const sharesIn = (shares) => WHOSE.map(([fault, whose]) => `${percent(shares[fault])} ${whose}`).join(', ')

function failed({ institutionId, failures }) {
  if (failures.length === 0) return [el('p', { class: 'muted' }, 'Nothing.')]
  const rows = failures.map(({ failure, calls, blame }) =>
    el(
      'tr',
      {},
      el('td', {}, el('a', { href: `#/?institution=${institutionId}&failure=${failure}` }, failure)),
      el('td', { class: 'number' }, calls.toLocaleString('en')),
      el('td', { class: 'muted' }, blame),
    ),
  )
  return [el('table', {}, el('tbody', {}, rows))]
}

function changed(transitions) {
  if (transitions.length === 0) return [el('p', { class: 'muted' }, 'Never.')]
  const rows = transitions.map(({ at, from, to, cause, by, why }) =>
    el(
      'tr',
      {},
      [dayAndClock(at), `${from} → ${to}`, cause, by ?? 'the fleet', why ?? ''].map((cell) =>
        el('td', {}, cell),
      ),
    ),
  )
  return [el('table', {}, el('tbody', {}, rows))]
}
