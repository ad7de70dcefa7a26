import { act, bearer } from './client.js'
import { askWhy, confirmed } from './dialog.js'
import { el, show } from './elements.js'

/**
 * Cancel, resume all or some, excuse: each with a reason, and what came of it beside them. `follow` takes the verbs away
 * from a refresh that is closed: nothing can be done to it any more.
 */
export function verbsPanel(userKey, refreshNo, chosen, done) {
  const why = el('input', {
    id: 'why',
    minlength: 3,
    maxlength: 500,
    placeholder: 'Why? It is kept in the audit.',
  })
  const result = el('p', { class: 'result', role: 'status' })

  const give = (verb, institutions) => async () => {
    const named = institutions ? chosen() : []
    if (why.value.trim().length < 3) return say(result, 'bad', 'Say why: three letters at least.')
    if (institutions === 'some' && named.length === 0)
      return say(result, 'bad', 'Choose institutions in the table below.')
    if (
      verb === 'cancel' &&
      !(await confirmed(`Cancel refresh ${refreshNo} of ${userKey}? It ends for good.`))
    )
      return
    const body = { why: why.value, ...(named.length > 0 ? { institutions: named } : {}) }
    await act(`/refreshes/${userKey}/${refreshNo}/${verb}`, body).then(
      (answer) => {
        why.value = ''
        say(result, 'good', answered(verb, answer))
      },
      (error) => say(result, 'bad', refused(error)),
    )
    await done()
  }

  const button = (text, verb, institutions, look) =>
    el(
      'button',
      { type: 'button', class: look, onclick: give(verb, institutions), disabled: !bearer().mayAct },
      text,
    )
  const verbs = el(
    'div',
    { class: 'acts' },
    el('label', { for: 'why' }, 'Why'),
    why,
    button('Cancel', 'cancel', null, 'ends'),
    button('Resume', 'resume', 'all or some'),
    button('Excuse', 'excuse', 'some'),
  )
  const element = el('section', { class: 'card verbs', hidden: true }, verbs, result)
  const follow = ({ closedAt }) => {
    verbs.hidden = closedAt !== null
    element.hidden = verbs.hidden && result.textContent === ''
  }
  return { element, follow }
}

/** Says that an institution is back: whatever waits for it is woken. */
export function recoveredButton(institutionId, done) {
  const wake = async () => {
    const why = await askWhy(`Wake all that wait for ${institutionId}? Why?`, 'Wake them')
    if (why === null) return
    await act(`/institutions/${institutionId}/recovered`, { why }).then(
      ({ waiting }) => done('good', `${institutionId}: ${waiting} that waited are due now`),
      (error) => done('bad', refused(error)),
    )
  }
  return el(
    'button',
    { type: 'button', class: 'quiet', onclick: wake, disabled: !bearer().mayAct },
    'It is back',
  )
}

/** What came of an act. */
export function say(place, look, text) {
  place.className = `result ${look}`
  show(place, text)
}

function answered(verb, { changed, state, institutions }) {
  const parts = institutions.map(
    ({ institutionId, outcome, says, notBefore }) =>
      `${institutionId} ${outcome}${says ? ` (${says})` : ''}${notBefore ? `, not before ${notBefore}` : ''}`,
  )
  return [
    changed ? `${verb}: done; the refresh is ${state}` : `${verb}: done before, nothing changed`,
    ...parts,
  ].join('; ')
}

function refused({ message, problem }) {
  const parts = (problem?.institutions ?? []).map(({ institutionId, says }) => `${institutionId}: ${says}`)
  return [
    message,
    ...(problem?.errors ?? []).map(({ path, message: text }) => `${path}: ${text}`),
    ...parts,
  ].join(' ')
}
