import { ControlError } from './control-error.ts'
import { isRetryAfter } from './faults/retry-after.ts'
import { MANGLES } from './mangle.ts'
import { isRotation, ROTATIONS } from './token-rules.ts'

export type Input = Readonly<Record<string, unknown>>

/** What a field must be; '?' means that it may be absent. */
const shapes = {
  string: (value: unknown) => typeof value === 'string',
  strings: (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  number: (value: unknown) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value: unknown) => typeof value === 'boolean',
  /** A whole number from 1. */
  count: (value: unknown) => isAmount(value) && Number.isInteger(value) && value >= 1,
  /** From 0 to 1. */
  part: (value: unknown) => isAmount(value) && value <= 1,
  over: (value: unknown) => isObject(value) && isAmount(value['calls']) && isPositive(value['perSeconds']),
  latency: (value: unknown) =>
    isAmount(value) ||
    (isObject(value) &&
      isAmount(value['sigma']) &&
      (isAmount(value['p50']) || isMeans(value['means'], value['times'])) &&
      (value['slow'] === undefined || isSlowMode(value['slow']))),
  status: (value: unknown) =>
    isObject(value) &&
    Number.isInteger(value['http']) &&
    isAmount(value['http']) &&
    value['http'] >= 200 &&
    value['http'] <= 599 &&
    ['string', 'undefined'].includes(typeof value['rspCode']) &&
    (value['retryAfter'] === undefined || isRetryAfter(value['retryAfter'])),
  mangle: (value: unknown) => typeof value === 'string' && Object.hasOwn(MANGLES, value),
  rotation: (value: unknown) => typeof value === 'string' && isRotation(value),
  type: (value: unknown) => typeof value === 'string' && /^(0[1-7]|9[89])$/.test(value),
}
type Shape = keyof typeof shapes

export type Rules<T> = Record<keyof T & string, Shape | `${Shape}?`>

/** The input as an order, if its fields are what they must be. */
export function checked<T>(input: Input, rules: Rules<T>): T {
  assertOrder<T>(input, rules)
  return input
}

/** Refuses unknown fields too, so that a typo is seen. */
function assertOrder<T>(input: unknown, rules: Rules<T>): asserts input is T {
  if (!isObject(input)) throw new ControlError('expected an object')
  for (const name of Object.keys(input))
    if (!(name in rules)) throw new ControlError(`${name}: unknown; known: ${Object.keys(rules).join(', ')}`)
  for (const [name, rule] of Object.entries<string>(rules)) {
    const value = input[name]
    if (value === undefined && rule.endsWith('?')) continue
    const shape = rule.replace('?', '')
    const isRight = Object.entries(shapes).find(([known]) => known === shape)?.[1]
    if (!isRight?.(value)) throw new ControlError(`${name}: expected ${shape}${namesOf(shape)}`)
  }
}

/** Whoever misspells a name is told the names there are. */
function namesOf(shape: string): string {
  if (shape === 'mangle') return `; known: ${Object.keys(MANGLES).join(', ')}`
  return shape === 'rotation' ? `; known: ${Object.keys(ROTATIONS).join(', ')}` : ''
}

function isMeans(means: unknown, times: unknown): boolean {
  const areMeans = Array.isArray(means) && means.length > 0 && means.every(isAmount)
  return areMeans && (times === undefined || isAmount(times))
}

function isSlowMode(slow: unknown): boolean {
  return isObject(slow) && [slow['share'], slow['p50'], slow['sigma']].every(isAmount)
}

function isPositive(value: unknown): boolean {
  return isAmount(value) && value > 0
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
