import { parse } from 'lossless-json'

// The contract's deepest answer is body, list, row, list of interest, row: 5.
const DEEPEST = 32
// A page has 500 rows of some 30 fields and a short list: 20,000 values; twenty times that. A million empty rows would be
// a small answer, and keep a process for a minute, in which nothing else of it moves.
const MOST_VALUES = 400_000
// Fatal: a wrong byte is an error, not a question mark. ignoreBOM keeps a byte order mark visible, which is then refused:
// RFC 8259 forbids senders to add one.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Thrown by parseJson. Says what was expected, never what came. */
export class NotJson extends Error {}

/**
 * Reads a JSON object without losing a digit: numbers become their exact text. Refuses what is not UTF-8, what is
 * nested too deeply for any answer of the contract or has too many values, and a key that stands twice with different ones.
 */
export function parseJson(bytes: Uint8Array): Record<string, unknown> {
  const text = decode(bytes)
  checkExtent(text)
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

/** One pass before the recursive parser, so that neither its stack nor its patience is ever the limit. */
function checkExtent(text: string): void {
  let depth = 0
  let values = 1
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (isInString && character === '\\') at += 1
    else if (character === '"') isInString = !isInString
    else if (isInString) continue
    else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    else if (character === ',') values += 1
    if (depth > DEEPEST) throw new NotJson(`at most ${DEEPEST} levels`)
    if (values > MOST_VALUES) throw new NotJson(`at most ${MOST_VALUES} values`)
  }
}
