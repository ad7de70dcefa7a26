import { el } from './elements.js'

/** Asks for a reason before something is done. Resolves with it, or with null if somebody thought better of it. */
export function askWhy(question, verb) {
  const field = el('input', { id: 'reason', required: true, minlength: 3, maxlength: 500 })
  return ask([el('label', { for: 'reason' }, question), field], verb, () => field.value)
}

/** Asks before something that cannot be taken back. */
export const confirmed = async (question) =>
  (await ask([el('p', {}, question)], 'Yes', () => 'yes')) === 'yes'

function ask(asked, verb, answer) {
  const dialog = el('dialog')
  return new Promise((resolve) => {
    const done = (reason) => {
      resolve(reason)
      dialog.remove()
    }
    const submit = (event) => {
      event.preventDefault()
      done(answer())
    }
    dialog.append(
      el(
        'form',
        { onsubmit: submit },
        asked,
        el('div', { class: 'choices' }, [
          el('button', { type: 'button', class: 'quiet', onclick: () => done(null) }, 'No'),
          el('button', { type: 'submit' }, verb),
        ]),
      ),
    )
    dialog.addEventListener('cancel', () => done(null))
    document.body.append(dialog)
    dialog.showModal()
  })
}
