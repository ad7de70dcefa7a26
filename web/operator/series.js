// @ts-check

/**
 * Calls in steps of time as shapes, without a browser: a bar for each step, its failed part on top of the answered one,
 * and lines through those steps of which a percentile is known.
 *
 * @typedef {{ at: string, calls: number, failed: number }} Step
 * @typedef {{ from: number, to: number, stepMs: number }} Span
 * @typedef {{ width: number, height: number }} Size
 * @typedef {{ x: number, width: number, answered: { y: number, height: number }, failed: { y: number, height: number } }} Bar
 */

/** A step with a single failed call among thousands can still be seen. */
const LEAST_HEIGHT = 2

/**
 * @param {readonly Step[]} steps
 * @param {Span} span
 * @param {Size} size
 * @returns {Bar[]}
 */
export function barsOf(steps, span, { width, height }) {
  const most = Math.max(1, ...steps.map(({ calls }) => calls))
  const tall = (/** @type {number} */ calls) =>
    calls === 0 ? 0 : Math.max(LEAST_HEIGHT, (calls / most) * (height - LEAST_HEIGHT))
  return steps.map(({ at, calls, failed }) => {
    const [answeredTall, failedTall] = [tall(calls - failed), tall(failed)]
    return {
      ...placeOf(Date.parse(at), span, width),
      answered: { y: height - answeredTall, height: answeredTall },
      failed: { y: height - answeredTall - failedTall, height: failedTall },
    }
  })
}

/**
 * Where a step lies; one that began before the span is shown from its beginning on.
 *
 * @param {number} at
 * @param {Span} span
 * @param {number} width
 */
function placeOf(at, { from, to, stepMs }, width) {
  const scale = (/** @type {number} */ instant) =>
    (width * (Math.min(to, Math.max(from, instant)) - from)) / Math.max(1, to - from)
  const x = scale(at)
  return { x, width: Math.max(1, scale(at + stepMs) - x - 1) }
}

/**
 * The path of a percentile, broken where it is not known: two neighbours are joined, those with a hole between are not.
 *
 * @param {readonly { at: string, ms: number | null }[]} points
 * @param {Span} span
 * @param {Size} size
 * @param {number} mostMs
 * @returns {string}
 */
export function pathOf(points, span, { width, height }, mostMs) {
  let last = -Infinity
  const parts = points.flatMap(({ at, ms }) => {
    if (ms === null) return []
    const instant = Date.parse(at)
    const { x, width: wide } = placeOf(instant, span, width)
    const y = height - (Math.min(ms, mostMs) / mostMs) * height
    const middle = x + wide / 2
    const isNext = instant - last <= span.stepMs
    last = instant
    return isNext ? [`L${round(middle)},${round(y)}`] : [`M${round(middle - 1)},${round(y)} h2`]
  })
  return parts.join(' ')
}

/**
 * What the axis of a picture reaches: the next of 1, 2, 5 times a power of ten.
 *
 * @param {number} value
 */
export function roundUp(value) {
  const size = 10 ** Math.floor(Math.log10(Math.max(1, value)))
  return ([1, 2, 5, 10].find((times) => times * size >= value) ?? 10) * size
}

const round = (/** @type {number} */ place) => Math.round(place * 10) / 10
