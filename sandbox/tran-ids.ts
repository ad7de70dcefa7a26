import { forgetOldest } from './forget-oldest.ts'

export type TranIds = ReturnType<typeof createTranIds>

/** 25 characters each: 20 MB. */
const MAX_REMEMBERED = 200_000

/** Remembers the numbers of calls, which must never come twice. */
export function createTranIds() {
  const seen = new Set<string>()
  return {
    isRepeated: (tranId: string): boolean => {
      if (seen.has(tranId)) return true
      seen.add(tranId)
      if (seen.size > MAX_REMEMBERED) forgetOldest(seen)
      return false
    },
  }
}
