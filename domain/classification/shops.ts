import type { Category } from './categories.ts'
import { describe, type Descriptor, spell } from './descriptor.ts'
import { findNames, findWords, type Match, type Word } from './match.ts'
import { cafe } from './merchants/cafe.ts'
import { food } from './merchants/food.ts'
import { home } from './merchants/home.ts'
import { leisure } from './merchants/leisure.ts'
import { money } from './merchants/money.ts'
import { indexOf, type Merchant, type Names } from './merchants/names.ts'
import { people } from './merchants/people.ts'
import { shopping } from './merchants/shopping.ts'
import { transport } from './merchants/transport.ts'
import { indexWords } from './telling/index-words.ts'
import { SHOP_WORDS } from './telling/shop-words.ts'

/** How a shop's category was found, the surest first. */
export type Evidence =
  | 'strong word'
  | 'whole name'
  | 'name'
  | 'name inside'
  | 'cut name'
  | 'last word'
  | 'word inside'
  | 'word in a branch'

export type Shop = { category: Category; evidence: Evidence; told: string }

/** Every file of names; the first that has a spelling keeps it. */
export const NAMES: readonly Names[] = [food, cafe, transport, home, shopping, people, leisure, money]

export type ShopReader = {
  /** What a descriptor tells of who was paid; null where it tells nothing. Without a look at amount or time. */
  shopOf: (raw: string | null) => Shop | null
  /** The names it knows that stand in a descriptor, as they are compared. */
  namesIn: (raw: string | null) => string[]
}

/** Reads descriptors by names and by telling words. `without`: names that it shall not know, as they are compared. */
export function createShopReader(without: ReadonlySet<string> = new Set()): ShopReader {
  const words = indexWords(SHOP_WORDS)
  const longestWord = longest(words)
  const merchants = indexOf(NAMES, spell)
  // What is a trade is not a name.
  for (const key of [...words.keys(), ...without]) merchants.delete(key)
  const longestName = longest(merchants)
  const sorted = [...merchants.keys()].toSorted()

  function shopOf(raw: string | null): Shop | null {
    const descriptor = describe(raw)
    if (descriptor.text === '') return null
    const told = findWords(descriptor, words, longestWord)
    const strong = last(
      descriptor,
      told.filter(({ what }) => what.isStrong),
    )
    if (strong) return shop(descriptor, strong, 'strong word')
    const named = outsideOf(descriptor, findNames(descriptor, merchants, longestName))
    const seller = named.find(({ what }) => !what.isPlace)
    const word = last(
      descriptor,
      told.filter((match) => !named.some((other) => holds(other, match))),
    )
    const isGoods = word && !isInBranch(descriptor, word)
    // What lies in a branch's name was where it was bought.
    const isSeller = seller && !(isGoods && isInBranch(descriptor, seller))
    // The goods say more than the market they were bought at.
    if (isSeller && !(isMarket(seller.what) && isGoods && word.at >= seller.end))
      return shop(descriptor, seller, evidenceOf(descriptor, seller))
    if (isGoods || (word && named.length === 0))
      return shop(descriptor, word, evidenceOfWord(descriptor, word))
    const place = named[0]
    if (place) return shop(descriptor, place, evidenceOf(descriptor, place))
    return cutName(descriptor, raw ?? '')
  }

  /** A name that was cut off is known by its beginning, where all names that begin so are of one trade. */
  function cutName({ text }: Descriptor, raw: string): Shop | null {
    if (text.length < SHORTEST_CUT || bytesOf(raw.trim()) < CUT_BYTES - 1) return null
    const all = startingWith(sorted, text)
    const categories = new Set(all.map((name) => merchants.get(name)!.category))
    const [category] = categories
    return category && categories.size === 1 ? { category, evidence: 'cut name', told: text } : null
  }

  const namesIn = (raw: string | null): string[] => {
    const descriptor = describe(raw)
    return findNames(descriptor, merchants, longestName).map(({ at, end }) => descriptor.text.slice(at, end))
  }

  return { shopOf, namesIn }
}

// Issuers print 18 bytes; a Korean letter takes two of them.
const CUT_BYTES = 18
const SHORTEST_CUT = 4
const bytesOf = (text: string): number =>
  Array.from(text).reduce((sum, each) => sum + (each > '\u{7F}' ? 2 : 1), 0)

function startingWith(sorted: readonly string[], text: string): string[] {
  const from = sorted.findIndex((name) => name >= text)
  const found: string[] = []
  for (let at = from; at >= 0 && at < sorted.length && sorted[at]!.startsWith(text); at += 1)
    found.push(sorted[at]!)
  return found
}

function evidenceOfWord(descriptor: Descriptor, word: Match<Word>): Evidence {
  const { text, branchAt, begins } = descriptor
  if (isInBranch(descriptor, word)) return 'word in a branch'
  const isLast = word.end === branchAt || word.end === text.length || begins[word.end] === true
  return isLast ? 'last word' : 'word inside'
}

function evidenceOf({ text, branchAt }: Descriptor, { at, end }: Match<Merchant>): Evidence {
  if (at === 0 && (end === text.length || end === branchAt)) return 'whole name'
  return at === 0 ? 'name' : 'name inside'
}

/** Of several the one that ends last, and of those the longest. */
function last(descriptor: Descriptor, found: readonly Match<Word>[]): Match<Word> | undefined {
  return outsideOf(descriptor, found).toSorted((a, b) => b.end - a.end || b.end - b.at - (a.end - a.at))[0]
}

/** What stands outside the name of a branch; what stands in it only where there is nothing else. */
function outsideOf<T>(descriptor: Descriptor, found: readonly Match<T>[]): readonly Match<T>[] {
  const outside = found.filter((match) => !isInBranch(descriptor, match))
  return outside.length > 0 ? outside : found
}

const isMarket = ({ category }: Merchant): boolean => category === 'shopping.online'
const isInBranch = ({ branchAt }: Descriptor, { at }: Match<unknown>): boolean => at >= branchAt
const holds = (outer: Match<unknown>, inner: Match<unknown>): boolean =>
  outer.at <= inner.at && inner.end <= outer.end

const shop = (
  { text }: Descriptor,
  { at, end, what }: Match<{ category: Category }>,
  evidence: Evidence,
): Shop => ({ category: what.category, evidence, told: text.slice(at, end) })

const longest = (index: ReadonlyMap<string, unknown>): number =>
  Math.max(...[...index.keys()].map((key) => key.length))
