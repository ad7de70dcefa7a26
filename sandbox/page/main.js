import { doors, faults, profiles, watch } from './client.js'
import { say } from './elements.js'
import { createRows } from './institutions.js'
import { createRules } from './rules.js'
import { remember } from './strip.js'
import { createWeather } from './weather.js'

/** Fifteen pictures a second are enough for a strip of a minute. */
const FRAME_MS = 66

const place = (id) => document.getElementById(id)
const trouble = place('trouble')

/** Does what was asked for, and says so if the sandbox refuses. */
async function attempt(act) {
  try {
    await act()
    trouble.hidden = true
  } catch (error) {
    trouble.hidden = false
    say(trouble, error.message)
  }
}

async function main() {
  const weather = createWeather(place('weather'), { known: await profiles(), attempt })
  const played = { faults: await faults(), doors: (await doors()).faults }
  const rows = createRows(place('institutions'), { ...played, attempt })
  const rules = createRules(place('rules'), { attempt })
  const strips = new Map()
  watch({
    state: (state) => [weather, rows, rules].forEach((part) => part.show(state)),
    calls: (calls) => remember(strips, calls, Date.now()),
    isThere: weather.isThere,
  })
  setInterval(() => {
    remember(strips, [], Date.now())
    rows.draw(strips, Date.now())
  }, FRAME_MS)
}

void attempt(main)
