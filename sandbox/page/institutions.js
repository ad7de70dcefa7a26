import { addRule, removeRule, setDoor } from './client.js'
import { el, say } from './elements.js'
import { barsOf, wordsOf } from './strip.js'

/** How calls end: the colour of each, light enough and dark enough for both schemes. */
export const OUTCOMES = {
  good: { colour: '#2f9e62', says: 'answered well' },
  going: { colour: '#4c8dff', says: 'not answered yet' },
  limited: { colour: '#e0a800', says: '429' },
  refused: { colour: '#8a63d2', says: '3xx, 4xx' },
  failed: { colour: '#e5533c', says: '5xx' },
  spoiled: { colour: '#d6409f', says: '200, but not a good answer' },
  cut: { colour: '#8b1e1e', says: 'never fully answered' },
}

/** Faults that are no spoilt answers. */
const STATES = {
  'down (503)': { status: { http: 503 } },
  'failing (500)': { status: { http: 500 } },
  'closed hours (50009)': { status: { http: 500, rspCode: '50009' } },
  'maintenance (50008, in 60 s)': { status: { http: 503, rspCode: '50008', retryAfter: 60 } },
  'too many calls (429, in 7 s)': { status: { http: 429, retryAfter: 7 } },
  'token refused (40101)': { status: { http: 401, rspCode: '40101' } },
  'error with status 200 (50001)': { status: { http: 200, rspCode: '50001' } },
  'never answers': { hang: true },
  'ten seconds late': { latencyMs: 10_000 },
  'slow (median 2 s)': { latencyMs: { p50: 2000, sigma: 0.5 } },
}
/** What an option begins with that is about connections. */
const DOOR = 'door '
const LANES = 6
const [WIDTH, HEIGHT] = [720, 36]

/** A row for each institution: its state, the last minute of its calls, and the fault one gives it. */
export function createRows(place, tools) {
  const rows = new Map()
  return {
    show: ({ institutions, rules, profile }) => {
      for (const institution of institutions) {
        const { institutionId } = institution
        if (!rows.has(institutionId)) {
          const row = createRow(institution, tools)
          rows.set(institutionId, row)
          place.append(row.element)
        }
        rows.get(institutionId).show(institution, rules, profile)
      }
    },
    draw: (strips, now) => {
      for (const [institutionId, { draw }] of rows)
        draw([...(strips.get(institutionId)?.values() ?? [])], now)
    },
  }
}

function createRow({ institutionId, name }, { faults, doors, attempt }) {
  const id = `page-${institutionId}`
  const state = el('p', { class: 'state' })
  const summary = el('p', { class: 'words' })
  const strip = el('canvas', { width: WIDTH, height: HEIGHT, role: 'img', 'aria-label': `calls of ${name}` })
  const choice = el('select', { 'aria-label': `a fault for ${name}` }, optionsOf(faults, doors))
  let [isRuled, isBarred] = [false, false]
  const flip = () =>
    attempt(() =>
      choice.value.startsWith(DOOR)
        ? setDoor(institutionId, choice.value.slice(DOOR.length))
        : addRule({ id, institutionId, ...ruleOf(choice.value) }),
    )
  const healAll = async () => {
    if (isRuled) await removeRule(id)
    if (isBarred) await setDoor(institutionId)
  }
  const heal = el('button', { onclick: () => attempt(healAll) }, 'Heal')
  const element = el(
    'article',
    {},
    el('div', { class: 'who' }, el('h2', {}, name), el('code', {}, institutionId), state),
    el('div', { class: 'what' }, strip, summary),
    el('div', { class: 'flip' }, choice, el('button', { onclick: flip }, 'Play'), heal),
  )
  const brush = strip.getContext('2d')
  return {
    element,
    show: ({ inForce, door }, rules, profile) => {
      const words = inForce.map((ruleId) =>
        wordOf([...rules, ...profile.rules].find((rule) => rule.id === ruleId)),
      )
      if (door !== null) words.unshift(`${door} (door)`)
      element.classList.toggle('ill', words.length > 0)
      say(state, words.length === 0 ? 'well' : words.join(' · '))
      isRuled = rules.some((rule) => rule.id === id)
      isBarred = door !== null
      heal.disabled = !isRuled && !isBarred
    },
    draw: (calls, now) => {
      say(summary, wordsOf(calls))
      brush.clearRect(0, 0, WIDTH, HEIGHT)
      for (const { x, width, lane, outcome } of barsOf(calls, { now, width: WIDTH, lanes: LANES })) {
        brush.fillStyle = OUTCOMES[outcome].colour
        brush.fillRect(x, lane * (HEIGHT / LANES), width, HEIGHT / LANES - 1)
      }
    },
  }
}

function optionsOf(faults, doors) {
  return [
    el(
      'optgroup',
      { label: 'states' },
      Object.keys(STATES).map((name) => el('option', { value: name }, name)),
    ),
    el(
      'optgroup',
      { label: 'spoilt answers' },
      Object.entries(faults).map(([name, says]) =>
        el('option', { value: name, title: says }, `${name}: ${says}`),
      ),
    ),
    Object.keys(doors).length > 0 &&
      el(
        'optgroup',
        { label: 'connections' },
        Object.entries(doors).map(([name, says]) =>
          el('option', { value: `${DOOR}${name}`, title: says }, `${name}: ${says}`),
        ),
      ),
  ]
}

/** What a rule does, and which one it is. */
function wordOf({ id, status, mangle, hang }) {
  const what = mangle ?? (hang ? 'never answers' : status ? `${status.http} ${status.rspCode ?? ''}` : 'slow')
  return `${what.trim()} (${id})`
}

function ruleOf(name) {
  return Object.hasOwn(STATES, name) ? STATES[name] : { mangle: name }
}
