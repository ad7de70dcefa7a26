import { expect, test } from 'vitest'

import { decimal } from '../money.ts'
import { analyse, analysers } from './analyse.ts'
import type { Analyser } from './analyser.ts'
import { makeAccount, makeBalance, makeClassified, makeCut } from './make-cut.ts'

// The worked example at the registry.
const overdraft: Analyser = {
  name: 'overdraft',
  version: 1,
  required: false,
  needs: ['balances'],
  analyse: ({ balances }) => ({
    overdrawn: balances.filter(({ side, amount }) => side === 'asset' && decimal(amount).lt(0)).length,
  }),
}

const cut = makeCut({
  accounts: [makeAccount()],
  balances: [makeBalance({ amount: '-20000' })],
  transactions: [makeClassified()],
})

test('a new analyser is one value: it runs beside the others', () => {
  expect(analyse(cut, [...analysers, overdraft]).at(-1)).toEqual({
    analyser: 'overdraft',
    version: 1,
    required: false,
    document: { overdrawn: 1 },
    failure: null,
  })
})

test('an analyser that fails marks its own part and nobody else’s', () => {
  const broken: Analyser = {
    ...overdraft,
    analyse: () => {
      throw new Error('broken')
    },
  }
  const [failed, ...others] = analyse(cut, [broken, ...analysers])
  expect(failed).toMatchObject({ analyser: 'overdraft', document: null, failure: 'Unexpected' })
  expect(others).toEqual(analyse(cut))
  expect(others.every(({ failure, document }) => failure === null && document !== null)).toBe(true)
})

test('an analyser that touches what it did not declare fails, since nobody may have read it', () => {
  const greedy: Analyser = { ...overdraft, needs: ['accounts'] }
  expect(analyse(cut, [greedy])).toMatchObject([{ document: null, failure: 'Unexpected' }])
})

test('every analyser has a name of its own, and the two that a snapshot stands on are required', () => {
  const names = analysers.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(analysers.filter(({ required }) => required).map(({ name }) => name)).toEqual([
    'balances',
    'cash-flow',
  ])
})

test('every document is the same after it was stored and read, and the same for the same cut', () => {
  for (const { document } of analyse(cut))
    expect(JSON.parse(JSON.stringify(document))).toStrictEqual(document)
  expect(analyse(cut)).toEqual(analyse(structuredClone(cut)))
})
