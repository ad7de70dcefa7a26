import { expect, test } from 'vitest'

import { readArguments } from './arguments.ts'

test('knows its four options, and wants nothing without them', () => {
  expect(readArguments([])).toEqual({ once: false, json: false, reset: false, help: false })
  expect(readArguments(['--once', '--json', '--reset', '--help'])).toEqual({
    once: true,
    json: true,
    reset: true,
    help: true,
  })
})

test.each(['--onec', '-j', 'now', '--once=yes', '--', '--toString', '--no-once'])(
  '%s is refused in one line',
  (given) => {
    expect(() => readArguments([given])).toThrow(`moa: unknown option ${given} (see --help)`)
  },
)

test('--json is for programs, which do not stay', () => {
  expect(() => readArguments(['--json'])).toThrow('moa: --json goes with --once (see --help)')
})
