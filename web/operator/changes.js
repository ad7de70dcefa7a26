// @ts-check

/**
 * What an act changed, from what it found and what it left. Rows that it left alone are not worth a line.
 *
 * @typedef {{ state?: string | null, plan?: Record<string, string> }} Standing
 * @param {{ before?: Standing, after?: Standing, waiting?: number }} details
 * @returns {string[]}
 */
export function changesOf({ before = {}, after = {}, waiting }) {
  const state = step('the refresh', before.state, after.state)
  const rows = Object.entries(after.plan ?? {}).flatMap(([institutionId, left]) =>
    step(institutionId, before.plan?.[institutionId], left),
  )
  return [...state, ...rows, ...(waiting === undefined ? [] : [`${waiting} that waited are due`])]
}

/**
 * @param {string} what
 * @param {string | null | undefined} from
 * @param {string | null | undefined} to
 */
const step = (what, from, to) => (from === to ? [] : [`${what}: ${from ?? 'nothing'} → ${to ?? 'nothing'}`])
