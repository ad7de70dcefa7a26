import { lasting } from './drawing.js'

/** Numbers as people read them. A dash: too little is known to say. */

export const percent = (share) => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`
export const took = (ms) => (ms === null ? '–' : ms < 1_000 ? `${ms} ms` : lasting(ms))
