export type Refusals = ReturnType<typeof createRefusals>

/** Three in a row are a refresh and a repeat with bad luck; the fourth is a loop. */
const ALLOWED_IN_A_ROW = 3
const MAX_COUNTED = 100_000

/** Counts refused tokens in a row per person and institution. */
export function createRefusals() {
  const inARow = new Map<string, number>()
  return {
    /** True from the first refusal too many on. */
    refused: (key: string): boolean => {
      const count = (inARow.get(key) ?? 0) + 1
      if (inARow.size >= MAX_COUNTED) inARow.clear()
      inARow.set(key, count)
      return count > ALLOWED_IN_A_ROW
    },
    accepted: (key: string) => void inARow.delete(key),
  }
}
