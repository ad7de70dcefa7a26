// @ts-check

/**
 * A refresh as shapes, without a browser: a lane for itself and one per institution, attempts as bars, waits hatched,
 * what happened at one moment as marks, what is to come ahead of the line of now.
 *
 * @typedef {{ kind: string, at: string, until?: string | null, institutionId?: string | null, outcome?: string | null,
 *   status?: string, state?: string, words: string, isAhead: boolean }} Entry
 * @typedef {{ now: string, institutions: { institutionId: string, name: string, state: string }[], timeline: Entry[] }} Story
 * @typedef {{ kind: 'bar' | 'mark' | 'ahead', look: string, x: number, y: number, width: number, words: string,
 *   entry: number }} Shape
 * @typedef {{ width: number, height: number, nowX: number, lanes: { label: string, state: string, y: number }[],
 *   shapes: Shape[], ticks: { x: number, label: string }[], spans: { x: number, label: string }[] }} Drawing
 */

export const LANE = 26
export const LABELS = 190
const TOP = 34
const RIGHT = 24
/** A bar that lasts no time at all can still be seen and pointed at. */
const LEAST_BAR = 3
/** Where two labels of the axis are closer than this, the later one is left out. */
const BETWEEN_TICKS = 74

/**
 * @param {Story} story
 * @param {number} width
 * @returns {Drawing}
 */
export function drawingOf(story, width) {
  const now = Date.parse(story.now)
  const lanes = lanesOf(story)
  const isOpen = !story.timeline.some(({ kind }) => kind === 'closed')
  const instants = instantsOf(story.timeline, isOpen ? [now] : [])
  const scale = scaleOf(instants, LABELS, width - RIGHT)
  const placeOf = new Map(lanes.map(({ id, y }) => [id, y]))
  const shapes = story.timeline.flatMap((entry, at) =>
    shapesOf(entry, at, placeOf.get(entry.institutionId ?? '') ?? TOP, scale, now),
  )
  return {
    width,
    height: TOP + lanes.length * LANE + 8,
    nowX: isOpen ? scale(now) : width,
    lanes: lanes.map(({ label, state, y }) => ({ label, state, y })),
    shapes,
    ticks: ticksOf(instants, scale, width - RIGHT),
    spans: spansOf(instants, scale),
  }
}

/**
 * From instants to places. Tries take seconds and waits take hours: between two moments at which something happened there
 * is as much room as the logarithm of the time between them, so that both can be seen and nothing changes its order.
 *
 * @param {readonly number[]} instants at least one, in order
 * @param {number} from
 * @param {number} to
 * @returns {(instant: number) => number}
 */
export function scaleOf(instants, from, to) {
  const stretches = stretchesOf(instants).map((one) => ({
    ...one,
    room: Math.log1p((one.end - one.begin) / 50),
  }))
  const all = stretches.reduce((sum, { room }) => sum + room, 0)
  let left = from
  const placed = stretches.map(({ begin, end, room }) => {
    const width = ((to - from) * room) / all
    const stretch = { begin, end, width, left }
    left += width
    return stretch
  })
  return (instant) => {
    const within = placed.find(({ end }) => end >= instant)
    if (!within) return left
    const share = (instant - within.begin) / (within.end - within.begin)
    return within.left + Math.max(0, share) * within.width
  }
}

/**
 * What lies between two moments at which something happened.
 *
 * @param {readonly number[]} instants
 */
const stretchesOf = (instants) =>
  instants.flatMap((end, at) => {
    const begin = instants[at - 1]
    return begin === undefined ? [] : [{ begin, end }]
  })

/** @param {Story} story */
function lanesOf(story) {
  const first = { id: '', label: 'the refresh', state: '', y: TOP }
  const others = story.institutions.map(({ institutionId, name, state }, at) => ({
    id: institutionId,
    label: name === institutionId ? name : `${name}  ${institutionId}`,
    state,
    y: TOP + (at + 1) * LANE,
  }))
  return [first, ...others]
}

/**
 * @param {readonly Entry[]} timeline
 * @param {readonly number[]} more
 */
function instantsOf(timeline, more) {
  const ends = timeline.flatMap(({ at, until }) => [Date.parse(at), ...(until ? [Date.parse(until)] : [])])
  return [...new Set([...ends, ...more])].toSorted((a, b) => a - b)
}

/**
 * @param {Entry} entry
 * @param {number} at
 * @param {number} y
 * @param {(instant: number) => number} scale
 * @param {number} now
 * @returns {Shape[]}
 */
function shapesOf(entry, at, y, scale, now) {
  const x = scale(Date.parse(entry.at))
  const shape = { x, y, width: 0, words: entry.words, entry: at }
  if (!LASTING.includes(entry.kind)) return [{ ...shape, kind: 'mark', look: lookOf(entry) }]
  const ends = entry.until ? Date.parse(entry.until) : now
  const bar = { ...shape, kind: /** @type {const} */ ('bar'), look: lookOf(entry) }
  const past = { ...bar, width: Math.max(LEAST_BAR, scale(Math.min(ends, now)) - x) }
  if (ends <= now) return [past]
  const ahead = { ...shape, kind: /** @type {const} */ ('ahead'), look: 'next', x: scale(ends) }
  return [past, ahead]
}

/** What has a beginning and an end; everything else is one moment. */
const LASTING = ['attempt', 'wait', 'parked']

/** @param {Entry} entry */
function lookOf({ kind, outcome, status, state }) {
  if (kind === 'attempt') return `attempt ${outcome ?? 'going'}`
  if (kind === 'published' || kind === 'cut') return `${kind} ${status}`
  return kind === 'closed' ? `closed ${state}` : kind
}

/**
 * @param {readonly number[]} instants
 * @param {(instant: number) => number} scale
 * @param {number} end
 */
function ticksOf(instants, scale, end) {
  const ticks = []
  let last = -Infinity
  for (const instant of instants) {
    const x = scale(instant)
    if (x - last < BETWEEN_TICKS || x > end - BETWEEN_TICKS / 2) continue
    last = x
    ticks.push({ x, label: clock(instant) })
  }
  return ticks
}

/**
 * How long the wide stretches last, which a logarithm does not show.
 *
 * @param {readonly number[]} instants
 * @param {(instant: number) => number} scale
 */
function spansOf(instants, scale) {
  return stretchesOf(instants).flatMap(({ begin, end }) => {
    const [from, to] = [scale(begin), scale(end)]
    return to - from < 48 || end - begin < 1_000 ? [] : [{ x: (from + to) / 2, label: lasting(end - begin) }]
  })
}

const KOREA_AHEAD_MS = 9 * 3_600_000

/**
 * The clock in Korea.
 *
 * @param {number} instant
 */
export const clock = (instant) => new Date(instant + KOREA_AHEAD_MS).toISOString().slice(11, 19)

/**
 * The day and the clock in Korea.
 *
 * @param {string} at
 */
export const dayAndClock = (at) =>
  new Date(Date.parse(at) + KOREA_AHEAD_MS).toISOString().slice(5, 19).replace('T', ' ')

/**
 * How long something lasts, in its largest unit: an axis has no room for two.
 *
 * @param {number} ms
 */
export function lasting(ms) {
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  if (ms < 60_000) return `${Math.floor(ms / 1_000)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`
  const hours = Math.floor(ms / 3_600_000)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`
}
