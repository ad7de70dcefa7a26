import { expect, test } from 'vitest'

import { MEASURES, readArguments, WrongArguments } from './arguments.ts'

test('without names everything is measured, in five rounds', () => {
  expect(readArguments([])).toEqual({ measures: [...MEASURES], quick: false, rounds: 5, file: null })
})

test('names select, in the order in which they are measured', () => {
  expect(readArguments(['storage', 'overhead', '--quick', '--json', 'out.json'])).toEqual({
    measures: ['overhead', 'storage'],
    quick: true,
    rounds: 1,
    file: 'out.json',
  })
})

test('what is unknown is refused', () => {
  expect(() => readArguments(['speed'])).toThrow('speed is none of')
  expect(() => readArguments(['--rounds', '0'])).toThrow('1 to 50')
  expect(() => readArguments(['--fast'])).toThrow(WrongArguments)
})

test('help is no measurement', () => {
  expect(readArguments(['--help'])).toBeNull()
})
