import { keepToken } from './client.js'
import { el } from './elements.js'

/** Asks for a token; it stays in this tab. */
export function signIn(done) {
  const field = el('textarea', {
    id: 'token',
    rows: 5,
    required: true,
    spellcheck: 'false',
    autocomplete: 'off',
    placeholder: 'eyJ…',
  })
  const submit = (event) => {
    event.preventDefault()
    keepToken(field.value)
    done()
  }
  return el(
    'form',
    { class: 'card sign-in', onsubmit: submit },
    el('h1', {}, 'Sign in'),
    el(
      'p',
      {},
      'Paste a token of the issuer for the operators’ audience, with the role operator or viewer. ',
      '`npm start` prints one as OPERATOR. It is kept in this tab until you close it.',
    ),
    el('label', { for: 'token' }, 'Token'),
    field,
    el('button', { type: 'submit' }, 'Sign in'),
  )
}
