import { dayAndClock } from './drawing.js'
import { svg } from './elements.js'
import { barsOf, pathOf, roundUp } from './series.js'
import { took } from './words.js'

const LINE = { width: 132, height: 22 }
const CALLS = { width: 1_180, height: 150 }
const TIMES = { width: 1_180, height: 150 }
const LABELS = 70
const BETWEEN = 34

/** Calls as a line of a table has room for them. */
export const line = (steps, span) =>
  svg(
    'svg',
    {
      ...LINE,
      viewBox: `0 0 ${LINE.width} ${LINE.height}`,
      class: 'series',
      role: 'img',
      'aria-label': 'calls',
    },
    bars(steps, span, LINE),
  )

/** Calls above, how long they took below, over the same time. */
export function chart({ now, since, stepMs, steps }) {
  const span = { from: Date.parse(since), to: Date.parse(now), stepMs }
  const width = CALLS.width + LABELS
  const height = CALLS.height + BETWEEN + TIMES.height + 20
  return svg(
    'svg',
    {
      class: 'series',
      width,
      height,
      viewBox: `0 -6 ${width} ${height + 6}`,
      role: 'img',
      'aria-label': 'history',
    },
    callsPart(steps, span),
    timesPart(steps, span),
    clocks(span, height - 8),
  )
}

function callsPart(steps, span) {
  const most = Math.max(1, ...steps.map(({ calls }) => calls))
  return svg(
    'g',
    { transform: `translate(${LABELS} 0)` },
    svg('line', { class: 'tick', x1: 0, x2: CALLS.width, y1: CALLS.height, y2: CALLS.height }),
    svg('text', { class: 'clock', x: -LABELS, y: 10 }, `${most.toLocaleString('en')} calls`),
    bars(steps, span, CALLS),
  )
}

function timesPart(steps, span) {
  const mostMs = roundUp(Math.max(1_000, ...steps.map(({ p50Ms, p95Ms }) => p95Ms ?? p50Ms ?? 0)))
  const top = CALLS.height + BETWEEN
  const lines = [0, 0.5, 1].flatMap((share) => {
    const y = TIMES.height * (1 - share)
    return [
      svg('line', { class: 'tick', x1: 0, x2: TIMES.width, y1: y, y2: y }),
      svg('text', { class: 'clock', x: -LABELS, y: y + 4 }, share === 0 ? '0' : took(mostMs * share)),
    ]
  })
  const path = (name, pick) =>
    svg('path', {
      class: `percentile ${name}`,
      d: pathOf(
        steps.map((step) => ({ at: step.at, ms: pick(step) })),
        span,
        TIMES,
        mostMs,
      ),
    })
  return svg(
    'g',
    { transform: `translate(${LABELS} ${top})` },
    lines,
    path('p50', ({ p50Ms }) => p50Ms),
    path('p95', ({ p95Ms }) => p95Ms),
  )
}

const bars = (steps, span, size) =>
  barsOf(steps, span, size).map(({ x, width, answered, failed }, at) =>
    svg(
      'g',
      {},
      svg('title', {}, wordsOf(steps[at])),
      svg('rect', { class: 'answered', x, width, ...answered }),
      svg('rect', { class: 'failed', x, width, ...failed }),
    ),
  )

function clocks({ from, to }, y) {
  return [0, 0.25, 0.5, 0.75, 1].map((share) =>
    svg(
      'text',
      {
        class: 'clock',
        x: LABELS + CALLS.width * share,
        y,
        'text-anchor': share === 0 ? 'start' : share === 1 ? 'end' : 'middle',
      },
      dayAndClock(new Date(from + (to - from) * share).toISOString()),
    ),
  )
}

/** What a step says when one points at it. */
const wordsOf = ({ at, calls, failed, p50Ms = null, p95Ms = null, failures = [] }) =>
  [
    dayAndClock(at),
    `${calls} calls, ${failed} failed`,
    ...(p50Ms === null ? [] : [`p50 ${took(p50Ms)}`]),
    ...(p95Ms === null ? [] : [`p95 ${took(p95Ms)}`]),
    ...failures.map((one) => `${one.calls} × ${one.failure}`),
  ].join('\n')
