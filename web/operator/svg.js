import { LABELS, LANE } from './drawing.js'
import { svg } from './elements.js'

/** A drawing as an element. Pointing at a shape says its words; choosing one tells which entry it is. */
export function picture(drawing, choose) {
  const { width, height, lanes, ticks, spans, shapes, nowX } = drawing
  return svg(
    'svg',
    {
      class: 'timeline',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': 'timeline',
    },
    hatching(),
    lanes
      .map(({ label, state, y }, at) => [
        svg('rect', { class: at % 2 ? 'lane odd' : 'lane', x: 0, y, width, height: LANE }),
        svg('text', { class: `label ${state}`, x: 8, y: y + LANE / 2 + 4 }, shortened(label)),
      ])
      .flat(),
    ticks
      .map(({ x, label }) => [
        svg('line', { class: 'tick', x1: x, x2: x, y1: 16, y2: height }),
        svg('text', { class: 'clock', x: x + 3, y: 12 }, label),
      ])
      .flat(),
    spans.map(({ x, label }) => svg('text', { class: 'span', x, y: 28, 'text-anchor': 'middle' }, label)),
    nowX < width ? svg('line', { class: 'now', x1: nowX, x2: nowX, y1: 16, y2: height }) : null,
    shapes.map((shape) => shapeOf(shape, choose)),
  )
}

// What does not fit before the first bar ends in an ellipsis; the table below has it whole.
const MOST_LETTERS = Math.floor(LABELS / 9)
const shortened = (label) => (label.length > MOST_LETTERS ? `${label.slice(0, MOST_LETTERS)}…` : label)

function hatching() {
  const line = svg('path', { d: 'M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4', class: 'hatch' })
  return svg(
    'defs',
    {},
    svg('pattern', { id: 'hatching', width: 8, height: 8, patternUnits: 'userSpaceOnUse' }, line),
  )
}

function shapeOf({ kind, look, x, y, width, words, entry }, choose) {
  const group = { class: `shape ${look}`, tabindex: 0, onclick: () => choose(entry) }
  return svg(
    'g',
    group,
    svg('title', {}, words),
    kind === 'bar' ? bar(look, x, y, width) : mark(look, x, y + LANE / 2),
  )
}

const bar = (look, x, y, width) =>
  look === 'wait' || look === 'parked'
    ? svg('rect', { x, y: y + 9, width, height: LANE - 18, fill: 'url(#hatching)' })
    : svg('rect', { x, y: y + 5, width, height: LANE - 10, rx: 2 })

/** One moment, by its form as well as its colour. */
function mark(look, x, y) {
  const [what] = look.split(' ')
  const form = FORMS[what] ?? FORMS.joined
  return svg('path', { d: form, transform: `translate(${x} ${y})` })
}

const FORMS = {
  opened: 'M-5,6 L0,-7 L5,6 Z',
  joined: 'M-4,5 L0,-5 L4,5 Z',
  begun: 'M-3,-6 L6,0 L-3,6 Z',
  cut: 'M0,-5 L5,0 L0,5 L-5,0 Z',
  published: 'M0,-8 L8,0 L0,8 L-8,0 Z',
  order: 'M-5,-7 H5 V3 L0,8 L-5,3 Z',
  closed: 'M-6,-6 H6 V6 H-6 Z',
  deadline: 'M-1.5,-10 H1.5 V10 H-1.5 Z',
  next: 'M-6,0 L4,-6 L4,6 Z',
}
