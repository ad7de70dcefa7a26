import { expect, test, vi } from 'vitest'

import type { ListedInstitution } from '../../db/institution-list.ts'
import type { Health } from '../../domain/institution-health.ts'
import { institutionsAnswer } from '../answers/institutions.ts'
import { PERSON, startApi } from '../make-api.ts'

const AT = new Date('2026-11-22T00:31:00.000Z')

const makeListed = (changes: Partial<ListedInstitution> = {}): ListedInstitution => ({
  institutionId: 'SBXBANK001',
  name: '모아은행',
  industry: 'bank',
  consent: null,
  ...changes,
})
const makeHealth = (changes: Partial<Health> = {}): Health => ({
  state: 'healthy',
  since: null,
  nextTryAt: null,
  because: null,
  ...changes,
})

async function serving(listed: ListedInstitution[], health: Record<string, Health> = {}) {
  const list = vi.fn(async () => listed)
  const found = new Map(Object.entries(health))
  const { ask, asNobody } = await startApi({
    institutionList: { list },
    institutionHealth: async () => found,
  })
  const read = async (query = '') => {
    const answer = await ask(`/v1/institutions${query}`)
    return institutionsAnswer.parse(await answer.json()).institutions
  }
  return { ask, asNobody, read, list, found }
}

test('whoever asks is told of all of them, and how they themselves stand with each', async () => {
  const { read, list } = await serving([
    makeListed({ consent: 'needs_user' }),
    makeListed({ institutionId: 'SBXCARD001', name: '모아카드', industry: 'card' }),
  ])
  expect((await read()).map(({ institutionId, consent }) => [institutionId, consent])).toEqual([
    ['SBXBANK001', 'needs_user'],
    ['SBXCARD001', null],
  ])
  expect(list.mock.calls).toEqual([[PERSON]])
})

test('one that is down says since when, when it is asked again, and that nobody need do anything', async () => {
  const { read } = await serving([makeListed()], {
    SBXBANK001: makeHealth({ state: 'down', since: AT, nextTryAt: AT, because: 'InstitutionUnavailable' }),
  })
  const [told] = await read()
  expect(told!.health).toMatchObject({ state: 'down', since: AT.toISOString(), nextTryAt: AT.toISOString() })
  expect(told!.health.says.ko).toContain('응답하지 않아요')
  expect(told!.health.says.en).toContain('not answering')
})

test('maintenance is said by its name', async () => {
  const { read } = await serving([makeListed()], {
    SBXBANK001: makeHealth({ state: 'down', because: 'InstitutionInMaintenance' }),
  })
  expect((await read())[0]!.health.says).toMatchObject({
    ko: expect.stringContaining('점검') as string,
    en: expect.stringContaining('maintenance') as string,
  })
})

test('one of which nothing is known is unknown, not healthy', async () => {
  const { read } = await serving([makeListed()])
  expect((await read())[0]!.health).toMatchObject({ state: 'unknown', since: null, nextTryAt: null })
})

test.each([
  ['?text=%EB%AA%A8%EC%95%84', ['SBXBANK001', 'SBXCARD001']],
  ['?text=north%20BANK', ['SBXBANK002']],
  ['?text=%25', []],
  ['?industry=card', ['SBXCARD001']],
  ['?industry=card&text=bank', []],
])('%s finds %j', async (query, ids) => {
  const { read } = await serving([
    makeListed(),
    makeListed({ institutionId: 'SBXBANK002', name: 'NorthBank' }),
    makeListed({ institutionId: 'SBXCARD001', name: '모아 카드'.normalize('NFD'), industry: 'card' }),
  ])
  expect((await read(query)).map(({ institutionId }) => institutionId)).toEqual(ids)
})

test('who has the answer is told that nothing changed, until something has', async () => {
  const { ask, found } = await serving([makeListed()])
  const first = await ask('/v1/institutions')
  const etag = first.headers.get('etag')!
  expect(first.headers.get('cache-control')).toBe('private, no-cache')
  expect(first.headers.get('vary')).toContain('Authorization')
  const again = () => ask('/v1/institutions', { headers: { 'if-none-match': etag } })
  expect((await again()).status).toBe(304)
  found.set('SBXBANK001', makeHealth({ state: 'slow' }))
  expect((await again()).status).toBe(200)
})

test('without a token nothing is told, and what is not named is refused', async () => {
  const { ask, asNobody } = await serving([makeListed()])
  expect((await asNobody('/v1/institutions')).status).toBe(401)
  for (const query of ['?q=x', '?industry=Bank', '?text=', '?text=%00'])
    expect([query, (await ask(`/v1/institutions${query}`)).status]).toEqual([query, 400])
})
