import { addRule, removeRule } from './client.js'
import { el } from './elements.js'

const EXAMPLE = '{ "institutionId": "*", "api": "bank-004", "probability": 0.1, "mangle": "truncated" }'

/** The rules in force with what they struck, and a place to write one. */
export function createRules(place, { attempt }) {
  const own = el('tbody')
  const profile = el('tbody', { class: 'profile' })
  const text = el('textarea', { rows: 3, 'aria-label': 'a rule as JSON', spellcheck: 'false' }, EXAMPLE)
  place.append(
    el('h2', {}, 'Rules'),
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          ['rule', 'what', 'seen', 'struck', ''].map((head) => el('th', {}, head)),
        ),
      ),
      own,
      profile,
    ),
    text,
    el('button', { onclick: () => attempt(() => addRule(JSON.parse(text.value))) }, 'Add this rule'),
  )
  return {
    show: ({ rules, profile: playing }) => {
      own.replaceChildren(...rules.map((rule) => rowOf(rule, () => attempt(() => removeRule(rule.id)))))
      profile.replaceChildren(...playing.rules.map((rule) => rowOf(rule)))
    },
  }
}

function rowOf({ id, seen, fired, ...rule }, remove) {
  return el(
    'tr',
    {},
    el('td', {}, el('code', {}, id)),
    el('td', {}, el('code', {}, JSON.stringify(rule))),
    el('td', {}, `${seen}`),
    el('td', {}, `${fired}`),
    el('td', {}, remove && el('button', { onclick: remove }, 'Remove')),
  )
}
