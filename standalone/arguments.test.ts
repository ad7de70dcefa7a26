import { expect, test } from 'vitest'

import { readArguments } from './arguments.ts'

const NOTHING = { once: false, json: false, reset: false, help: false, profile: null }

test('knows its options, and wants nothing without them', () => {
  expect(readArguments([])).toEqual(NOTHING)
  expect(readArguments(['--once', '--json', '--reset', '--help'])).toEqual({
    once: true,
    json: true,
    reset: true,
    help: true,
    profile: null,
  })
})

test.each([
  [['--profile', 'realistic'], 'realistic'],
  [['--profile=storm'], 'storm'],
  [['--profile', 'outage:SBXBANK002'], 'outage:SBXBANK002'],
])('%j is how the institutions behave', (given, profile) => {
  expect(readArguments(given)).toEqual({ ...NOTHING, profile })
})

test.each([['--profile'], ['--profile', '--once'], ['--profile', 'sunny'], ['--profile=outage:']])(
  '%s %s names the profiles that there are',
  (...given) => {
    expect(() => readArguments(given.filter((one) => one !== undefined))).toThrow(
      'moa: --profile calm, realistic, storm or outage:',
    )
  },
)

test.each(['--onec', '-j', 'now', '--once=yes', '--', '--toString', '--no-once'])(
  '%s is refused in one line',
  (given) => {
    expect(() => readArguments([given])).toThrow(`moa: unknown option ${given} (see --help)`)
  },
)

test('--json is for programs, which do not stay', () => {
  expect(() => readArguments(['--json'])).toThrow('moa: --json goes with --once (see --help)')
})
