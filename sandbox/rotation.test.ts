import { array, assert, constantFrom, nat, property } from 'fast-check'
import { expect, test } from 'vitest'

import { createConsents } from './consents.ts'
import { createTokenRules, type Rotation } from './token-rules.ts'
import { createTokens } from './tokens.ts'

const NOW = Date.parse('2026-11-22T03:00:00Z')
const grant = { scope: 'bank.list', endsOn: '2027-11-22', memo: true }
const modes = constantFrom<Rotation>('strict', 'grace')

/** Refreshes with any token of those that were given, as often as said: which one, and whether it stood well. */
function standings(rotation: Rotation, picks: readonly number[]) {
  const tokens = createTokens('rotation')
  const usual = { rotation, accessSeconds: 60, refreshSeconds: 3600 }
  const consents = createConsents(tokens, createTokenRules(usual, undefined), () => NOW, undefined)
  const given = [consents.issue('p', 'SBXBANK001', grant).refreshToken]
  return picks.map((pick) => {
    const at = pick % given.length
    const claims = tokens.read(given[at]!)!
    const standing = consents.standing(claims)
    const isGood = standing === 'current' || (standing === 'previous' && rotation === 'grace')
    if (!isGood) return { at, of: given.length, standing, next: undefined }
    const next = consents.refresh(claims).refreshToken
    const known = next === undefined ? -1 : given.indexOf(next)
    if (known < 0 && next !== undefined) given.push(next)
    return { at, of: given.length, standing, next: known < 0 ? given.length - 1 : known }
  })
}

test('whatever is presented in whatever order, only the last two of a series stand well, and lead to the last', () => {
  assert(
    property(modes, array(nat(), { maxLength: 30 }), (rotation, picks) => {
      let last = 0
      for (const { at, standing, next } of standings(rotation, picks)) {
        expect(standing).toBe(at === last ? 'current' : at === last - 1 ? 'previous' : 'older')
        if (next === undefined) continue
        // The newest makes a successor; the one before it, in grace, brings the same successor again.
        expect(next).toBe(at === last ? last + 1 : last)
        last = next
      }
    }),
  )
})

test('a consent that an earlier version kept goes on with the refresh token it gave', () => {
  const tokens = createTokens('rotation')
  const usual = { rotation: 'strict', accessSeconds: 60, refreshSeconds: 3600 } as const
  const old = { ...grant, generation: 1, revoked: false, serial: 1, oldestLive: 0 } as never
  const kept = { consents: [['p|SBXBANK001', old]] as never }
  const consents = createConsents(tokens, createTokenRules(usual, undefined), () => NOW, kept)
  const fields = { person: 'p', institutionId: 'SBXBANK001', generation: 1, expires: NOW, ...grant }
  const claims = { kind: 'r', serial: 0, ...fields } as const
  expect([consents.standing(claims), consents.judge(claims)]).toEqual(['current', 'live'])
  consents.refresh(claims)
  expect(consents.standing(claims)).toBe('previous')
})
