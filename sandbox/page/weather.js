import { allWell, play } from './client.js'
import { el, say } from './elements.js'
import { OUTCOMES } from './institutions.js'

/** The head of the page: the profile, the institutions' clock, and what the colours mean. */
export function createWeather(place, { known, attempt }) {
  const names = Object.keys(known).filter((name) => !name.includes('<'))
  const choice = el('select', { id: 'profile', onchange: () => attempt(() => play(choice.value)) })
  const says = el('p', { class: 'says' })
  const clock = el('span', { class: 'clock' })
  const there = el('span', { class: 'there' }, 'connecting')
  place.append(
    el('h1', {}, 'Institutions now'),
    el('label', { for: 'profile' }, 'Profile ', choice),
    el('button', { onclick: () => attempt(allWell) }, 'All well again'),
    clock,
    there,
    says,
    el('ul', { class: 'legend' }, Object.entries(OUTCOMES).map(legendOf)),
  )
  let offered = ''
  return {
    show: ({ profile, institutions, clock: kst }) => {
      const all = [...names, ...institutions.map(({ institutionId }) => `outage:${institutionId}`)]
      if (offered !== all.join())
        choice.replaceChildren(...all.map((name) => el('option', { value: name }, name)))
      offered = all.join()
      choice.value = profile.name
      say(says, profile.says)
      say(
        clock,
        `their clock: ${kst.slice(0, 4)}-${kst.slice(4, 6)}-${kst.slice(6, 8)} ${kst.slice(8, 10)}:${kst.slice(10)} KST`,
      )
    },
    isThere: (is) => {
      say(there, is ? 'live' : 'the sandbox is away')
      there.classList.toggle('away', !is)
    },
  }
}

function legendOf([outcome, { colour, says }]) {
  const sample = el('canvas', { width: 12, height: 12 })
  const brush = sample.getContext('2d')
  brush.fillStyle = colour
  brush.fillRect(0, 0, 12, 12)
  return el('li', {}, sample, ` ${outcome}: ${says}`)
}
