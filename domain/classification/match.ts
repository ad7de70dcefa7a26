import type { Category } from './categories.ts'
import { type Descriptor, scriptOf } from './descriptor.ts'

/** A part of a descriptor that tells something. */
export type Match<T> = { at: number; end: number; what: T }

/** All names of an index in a descriptor, leftmost first, at each place the longest, without overlaps. */
export function findNames<T>(
  descriptor: Descriptor,
  index: ReadonlyMap<string, T>,
  longest: number,
): Match<T>[] {
  const { text } = descriptor
  const found: Match<T>[] = []
  for (let at = 0; at < text.length;) {
    const match = longestAt(descriptor, index, at, longest)
    if (match) found.push(match)
    at = match ? match.end : at + 1
  }
  return found
}

function longestAt<T>(
  descriptor: Descriptor,
  index: ReadonlyMap<string, T>,
  at: number,
  longest: number,
): Match<T> | null {
  const { text } = descriptor
  for (let end = Math.min(text.length, at + longest); end > at + 1; end -= 1) {
    const what = index.get(text.slice(at, end))
    if (what !== undefined && standsAlone(descriptor, at, end)) return { at, end, what }
  }
  return null
}

/**
 * Whether what lies between could be a name there: foreign names are whole words, and short Korean ones, too, unless a
 * branch follows.
 */
function standsAlone({ text, begins, branchAt }: Descriptor, at: number, end: number): boolean {
  const length = end - at
  if (scriptOf(text[end - 1]!) !== 'hangul') {
    if (scriptOf(text[at]!) !== 'hangul' && begins[at] !== true) return false
    const isCutIn = begins[end] !== true && end < text.length
    // '7eleven1234' is a shop with its number; '76' in '760' is nothing.
    return !isCutIn && (length > 3 || isWhole(begins, at, end) || end === branchAt)
  }
  if (length > 2) return true
  return begins[at] === true && (begins[end] === true || /[점店]$/.test(text))
}

const isWhole = (begins: readonly boolean[], at: number, end: number): boolean =>
  begins[at] === true && begins[end] === true

/** A word that tells a trade. Strong: whatever else is named. */
export type Word = { category: Category; where: 'anywhere' | 'end'; isStrong: boolean }

/** Words of an index that stand in a descriptor, in any overlap. */
export function findWords(
  descriptor: Descriptor,
  index: ReadonlyMap<string, Word>,
  longest: number,
): Match<Word>[] {
  const { text, begins, branchAt } = descriptor
  const found: Match<Word>[] = []
  for (let at = 0; at < text.length; at += 1) {
    for (let end = at + 1; end <= Math.min(text.length, at + longest); end += 1) {
      const what = index.get(text.slice(at, end))
      if (what === undefined) continue
      const isLast =
        begins[end] === true || end === branchAt || /^[0-9가-힣]{0,8}[점店]$/.test(text.slice(end))
      if (scriptOf(text[at]!) !== 'hangul' && !(begins[at] === true && begins[end] === true)) continue
      if ((what.where === 'end' || end - at === 1) && !isLast) continue
      found.push({ at, end, what })
    }
  }
  return found
}
