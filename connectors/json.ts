import { parse } from 'lossless-json'

// The contract's deepest answer is body, list, row, list of interest, row: 5.
const DEEPEST = 32
// A page of the contract has 500 rows of some 30 fields: 15,000 values. Each value costs memory, however short it is: a
// body of the largest size could hold four million.
const MOST_VALUES = 100_000
// Fatal: a wrong byte is an error, not a question mark. ignoreBOM keeps a byte order mark visible, which is then refused:
// RFC 8259 forbids senders to add one.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Thrown by parseJson. Says what was expected, never what came. */
export class NotJson extends Error {}

/**
 * Reads a JSON object without losing a digit: numbers become their exact text. Refuses what is not UTF-8, what is nested
 * too deeply or holds too many values for any answer of the contract, and a key that stands twice with different values.
 */
export function parseJson(bytes: Uint8Array): Record<string, unknown> {
  const text = decode(bytes)
  const { depth, values } = measured(text)
  if (depth > DEEPEST) throw new NotJson(`at most ${DEEPEST} levels`)
  if (values > MOST_VALUES) throw new NotJson(`at most ${MOST_VALUES} values`)
  const value = parseExactly(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new NotJson('an object')
  return Object.fromEntries(Object.entries(value))
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new NotJson('UTF-8')
  }
}

function parseExactly(text: string): unknown {
  try {
    return parse(text, undefined, { parseNumber: (digits) => digits })
  } catch {
    // The parser's own message quotes what it found.
    throw new NotJson('JSON')
  }
}

/**
 * One pass before the recursive parser, so that neither its stack nor what it makes is ever the limit. It ends where
 * one of the limits is passed.
 */
function measured(text: string): { depth: number; values: number } {
  let [depth, values, isInString] = [0, 1, false]
  for (let at = 0; at < text.length && depth <= DEEPEST && values <= MOST_VALUES; at += 1) {
    const character = text[at]
    if (isInString && character === '\\') at += 1
    else if (character === '"') isInString = !isInString
    else if (!isInString && (character === '{' || character === '[')) depth += 1
    else if (!isInString && (character === '}' || character === ']')) depth -= 1
    else if (!isInString && character === ',') values += 1
  }
  return { depth, values }
}
