/** The control of the sandbox, as the page uses it. */

const PLACE = '/_sandbox'

export const faults = () => ask('GET', '/faults')
export const doors = () => ask('GET', '/doors')
export const setDoor = (institutionId, fault) => ask('POST', '/doors', { institutionId, fault })
export const profiles = async () => (await ask('GET', '/profile')).known
export const play = (name) => ask('PUT', '/profile', { name })
export const addRule = (rule) => ask('POST', '/rules', rule)
export const removeRule = (id) => ask('DELETE', `/rules/${encodeURIComponent(id)}`)
export const allWell = () => ask('POST', '/behaviour/reset', {})

/** Tells of states and calls as they come; the browser comes back by itself when the sandbox was away. */
export function watch({ state, calls, isThere }) {
  const stream = new EventSource(`${PLACE}/calls/stream`)
  stream.addEventListener('state', ({ data }) => state(JSON.parse(data)))
  stream.addEventListener('calls', ({ data }) => calls(JSON.parse(data)))
  stream.addEventListener('open', () => isThere(true))
  stream.addEventListener('error', () => isThere(false))
}

async function ask(method, path, order) {
  const body = order === undefined ? {} : { body: JSON.stringify(order) }
  const response = await fetch(`${PLACE}${path}`, { method, ...body })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}
