import { createHash } from 'node:crypto'

/** A stream of numbers that depends on nothing but its seed. */
export type Random = {
  /** From 0 (inclusive) to 1 (exclusive). */
  next: () => number
  /** A whole number from low to high, both possible. */
  whole: (low: number, high: number) => number
  pick: <T>(list: readonly T[]) => T
  chance: (probability: number) => boolean
  /** Normally distributed, mean 0, deviation 1 (Box and Muller). */
  normal: () => number
}

/** The stream of a seed (mulberry32). */
export function random(seed: number): Random {
  return createStream(seed).random
}

/** A stream that can be begun anew from another seed: cheaper than a stream for every habit and day. */
export function createStream(seed = 0): { random: Random; restart: (seed: number) => void } {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
  const whole = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  const stream: Random = {
    next,
    whole,
    pick: (list) => {
      const chosen = list[whole(0, list.length - 1)]
      if (chosen === undefined) throw new Error('nothing to pick from')
      return chosen
    },
    chance: (probability) => next() < probability,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
  return {
    random: stream,
    restart: (again) => {
      state = again >>> 0
    },
  }
}

/** A 32-bit seed of any texts, e.g. seedOf(seed, person, institution). */
export function seedOf(...parts: readonly string[]): number {
  return createHash('sha256').update(parts.join('\u0000')).digest().readUInt32BE(0)
}

/** A seed made of two numbers, cheap enough for every day of every habit. */
export function mixed(first: number, second: number): number {
  let value = (first ^ Math.imul(second + 0x9e3779b9, 0x85ebca6b)) >>> 0
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d) >>> 0
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b) >>> 0
  return (value ^ (value >>> 16)) >>> 0
}

/** So many decimal digits of any texts. */
export function digitsOf(count: number, ...parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 24)
  return BigInt(`0x${hex}`).toString().padStart(count, '0').slice(-count)
}
