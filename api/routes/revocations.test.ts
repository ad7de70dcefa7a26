import { expect, test, vi } from 'vitest'

import type { RevocationView } from '../../db/revocation-views.ts'
import type { Revoked, Revocations } from '../../db/revocations.ts'
import { revocationAnswer, revocationsAnswer } from '../answers/revocations.ts'
import { PERSON, startApi } from '../make-api.ts'
import { AT } from '../make-published.ts'

const view: RevocationView = {
  revocationNo: 3,
  institutionId: 'BANK000001',
  name: 'North Bank',
  because: 'revoked',
  reason: null,
  withDeletion: true,
  state: 'requested',
  requestedAt: AT,
  answer: null,
  answeredAt: null,
  tries: 0,
  deleted: { analyses: 3 },
  deletedAt: null,
  snapshotNo: null,
  receipt: null,
  receiptAt: null,
}
const revoked: Revoked = { revocation: view, refresh: { outcome: 'joined', refreshNo: 12, eventId: 5 } }

const REVOKE = '/v1/me/consents/BANK000001/revocation'

async function withRevocations(found: RevocationView | null = view) {
  const revocations: Revocations = {
    request: vi.fn<Revocations['request']>(async () => found && { ...revoked, revocation: found }),
    of: vi.fn<Revocations['of']>(async (_, no) => (found?.revocationNo === no ? found : null)),
    list: vi.fn<Revocations['list']>(async () => (found ? [found] : [])),
  }
  const announceRevocation = vi.fn<(userId: number, revoked: Revoked) => void>()
  const { ask } = await startApi({ revocations, announceRevocation })
  const post = (body: unknown, path = REVOKE) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  return { revocations, announceRevocation, ask, post }
}

test('a revocation is accepted with what is done about it, and the engine is told', async () => {
  const { revocations, announceRevocation, post } = await withRevocations()
  const answer = await post({ deletion: true, reason: 'privacy' })
  expect([answer.status, answer.headers.get('location')]).toEqual([202, '/v1/me/revocations/3'])
  expect(revocationAnswer.parse(await answer.json())).toMatchObject({
    revocationNo: 3,
    state: 'requested',
    deletion: { asked: true, rows: { analyses: 3 }, deletedAt: null },
    url: '/v1/me/revocations/3',
  })
  expect(revocations.request).toHaveBeenCalledWith(PERSON, 'BANK000001', {
    deletion: true,
    reason: 'privacy',
  })
  expect(announceRevocation).toHaveBeenCalledWith(PERSON, revoked)
})

test.each([
  ['a wish that does not say what is to become of the data', {}, 'deletion'],
  ['a reason in words of one’s own', { deletion: true, reason: 'because of my brother' }, 'reason'],
  ['anything else', { deletion: false, institutionId: 'B' }, 'institutionId'],
])('%s is refused by the name of the place, and ends nothing', async (_, body, place) => {
  const { revocations, post } = await withRevocations()
  const answer = await post(body)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ errors: [{ path: place }] })
  expect(revocations.request).not.toHaveBeenCalled()
})

test('what was never given cannot be ended: as an address that does not exist', async () => {
  const { announceRevocation, post } = await withRevocations(null)
  for (const path of [REVOKE, '/v1/me/consents/no%20bank/revocation']) {
    expect((await post({ deletion: true }, path)).status).toBe(404)
  }
  expect(announceRevocation).not.toHaveBeenCalled()
})

test('its user looks at one, or at all of them; a number that is not theirs is not there', async () => {
  const { ask } = await withRevocations({ ...view, state: 'done', receipt: 'a.b.c', receiptAt: AT })
  expect(await (await ask('/v1/me/revocations/3')).json()).toMatchObject({ state: 'done', receipt: 'a.b.c' })
  const all = revocationsAnswer.parse(await (await ask('/v1/me/revocations')).json())
  expect(all.revocations.map(({ revocationNo }) => revocationNo)).toEqual([3])
  for (const other of ['4', '0', '03', 'x', '99999999999'])
    expect((await ask(`/v1/me/revocations/${other}`)).status).toBe(404)
})

test('anybody may fetch the keys that verify receipts', async () => {
  const { asNobody } = await startApi()
  const answer = await asNobody('/.well-known/receipt-keys.json')
  expect([answer.status, await answer.json()]).toEqual([200, { keys: [] }])
})
