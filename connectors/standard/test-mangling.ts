import * as fc from 'fast-check'

import { type Raw, wellSent } from './test-answers.ts'
import { bytewise, enveloped } from './test-broken-bytes.ts'

/*
 * For tests: what the contract forbids, and HTTP itself now and then. A mangle changes an answer that was right; which
 * one of them, and where, is drawn.
 */

export type Mangle = (body: Record<string, unknown>) => Raw

/** Stands in a text until it is written, where it becomes what JSON has no value for. */
const token = (raw: string): string => `\u0001${raw}\u0001`
const written = (body: unknown): string =>
  JSON.stringify(body).replaceAll(/"\\u0001((?:[^"\\]|\\.)+?)\\u0001"/g, (_, raw: string) =>
    String(JSON.parse(`"${raw}"`)),
  )

const ODD_VALUES: readonly unknown[] = [
  null,
  '',
  true,
  [],
  {},
  ['1'],
  { value: '1' },
  '\0',
  'a\0b',
  '\uFFFE',
  '\u202Etxet',
  '-0',
  '-5',
  '1e5',
  '１２',
  '0x10',
  '99999999',
  '20260231',
  '20261121246060',
  '__proto__',
  'constructor',
  '../../..',
  'x'.repeat(1501),
  'x'.repeat(100_000),
  // Bare in JSON, beyond what a number holds, or no JSON at all.
  ...['1e400', '-0', '0.1', '9007199254740993', '123456789012345.678', '1234567890123456789012'].map(token),
  ...['1E-7', 'NaN', 'Infinity', 'undefined', '01', '+1', '.5', '"\\ud800"', '"\\udfff\\ud800"'].map(token),
  ...['{"__proto__":{"polluted":"yes"}}', '{"constructor":{"prototype":{"polluted":"yes"}}}'].map(token),
  ...['{"__proto__":null}', '{"toString":"x","valueOf":"y","length":"3"}'].map(token),
  token(`${'['.repeat(50)}${']'.repeat(50)}`),
  token(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`),
]

/** Every place in a value where something else could stand. */
function placesIn(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [at]
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return [at, ...keys.flatMap((key) => placesIn(Reflect.get(value, key), [...at, key]))]
}

/** The value with another at one place; a change that answers `GONE` takes it away. */
const GONE = Symbol('gone')
function changed(
  value: unknown,
  [key, ...deeper]: readonly (string | number)[],
  change: (old: unknown) => unknown,
): unknown {
  if (key === undefined) return change(value)
  if (Array.isArray(value)) {
    return value.flatMap((one: unknown, at) => {
      if (at !== key) return [one]
      const next = changed(one, deeper, change)
      return next === GONE ? [] : [next]
    })
  }
  const fields = Object.entries(Object(value)).flatMap(([name, one]): [string, unknown][] => {
    if (name !== key) return [[name, one]]
    const next = changed(one, deeper, change)
    return next === GONE ? [] : [[name, next]]
  })
  return Object.fromEntries(fields)
}

const CHANGES: readonly ((old: unknown, odd: unknown) => unknown)[] = [
  () => GONE,
  (_, odd) => odd,
  (_, odd) => odd,
  (_, odd) => odd,
  // Bare where a text was right: a number that is none breaks the document.
  (old) => (typeof old === 'string' && !old.includes('\u0001') ? token(old) : [old]),
  (old) => (Array.isArray(old) ? [...old, ...old.slice(0, 1)] : { ...Object(old) }),
  (old) => (Array.isArray(old) ? Object.fromEntries(old.entries()) : [old]),
]

/** Another structure: dropped, retyped, null, repeated, huge, deep, at any place. */
const structural: fc.Arbitrary<Mangle> = fc
  .array(fc.tuple(fc.nat(), fc.constantFrom(...CHANGES), fc.constantFrom(...ODD_VALUES)), {
    minLength: 1,
    maxLength: 3,
  })
  .map((edits) => (body) => {
    let next: unknown = body
    for (const [draw, change, odd] of edits) {
      const places = placesIn(next)
      const place = places[draw % places.length] ?? []
      if (place.length > 0) next = changed(next, place, (old) => change(old, odd))
    }
    return wellSent(written(next))
  })

export const mangles: fc.Arbitrary<Mangle> = fc.oneof(
  { weight: 5, arbitrary: structural },
  { weight: 3, arbitrary: bytewise },
  { weight: 2, arbitrary: enveloped },
)
