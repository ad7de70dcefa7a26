import { el } from './elements.js'

/** Asks for a reason before something is done. Resolves with it, or with null if somebody thought better of it. */
export function askWhy(question, verb) {
  const field = el('input', { id: 'reason', required: true, minlength: 3, maxlength: 500 })
  const dialog = el('dialog')
  return new Promise((resolve) => {
    const done = (reason) => {
      resolve(reason)
      dialog.remove()
    }
    const submit = (event) => {
      event.preventDefault()
      done(field.value)
    }
    dialog.append(
      el(
        'form',
        { onsubmit: submit },
        el('label', { for: 'reason' }, question),
        field,
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
