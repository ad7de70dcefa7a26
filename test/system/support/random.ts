import { readConfig } from '../../../config.ts'

/** Numbers that look drawn and come again with the same seed (mulberry32): a failure names its seed. */
export function createRandom(seed: number) {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    chance: (probability: number): boolean => next() < probability,
    pick: <T>(values: readonly T[]): T => {
      if (values.length === 0) throw new RangeError('nothing to pick from')
      return values[below(values.length)]!
    },
  }
}

export type Random = ReturnType<typeof createRandom>

/** A seed of one's own for each run; MOA_SEED repeats one that failed. */
export const freshSeed = (): number =>
  Number(readConfig(['MOA_SEED']).MOA_SEED ?? Math.floor(Math.random() * 2 ** 31))
