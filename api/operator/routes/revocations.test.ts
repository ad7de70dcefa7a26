import { expect, test, vi } from 'vitest'

import type { OperatorRevocations, RevocationHead } from '../../../db/operator-revocations.ts'
import type { Runs } from '../../../engine/runs.ts'
import { revocationResumed, revocationsAnswer } from '../answers.ts'
import { NOW, startOperator } from '../make-operator.ts'

const stalled: RevocationHead = {
  userKey: 'user-key',
  revocationNo: 3,
  institutionId: 'BANK000001',
  name: 'North Bank',
  because: 'revoked',
  withDeletion: true,
  state: 'running',
  workflowId: 'revoke/user-key/3',
  requestedAt: NOW,
  ageMs: 60_000,
  answer: null,
  tries: 2,
  failure: 'InstitutionUnavailable',
  deletedAt: null,
  snapshotNo: 41,
  stalledAt: NOW,
  stalledBecause: 'its run was terminated',
}

function makeRevocations() {
  const resume = vi.fn<OperatorRevocations['resume']>(async ({ userKey }) =>
    userKey === 'user-key' ? true : null,
  )
  const startRevocation = vi.fn<Runs['startRevocation']>(async () => 'started')
  return { revocations: { list: async () => [stalled], resume }, startRevocation }
}

const RESUME = '/v1/operator/revocations/user-key/3/resume'

test('what is still to be done about the ends of consents is listed, with why it is not done', async () => {
  const { ask } = await startOperator(makeRevocations())
  const told = revocationsAnswer.parse(await (await ask('/v1/operator/revocations')).json())
  expect(told.revocations).toMatchObject([
    {
      revocationNo: 3,
      tries: 2,
      failure: 'InstitutionUnavailable',
      stalledBecause: 'its run was terminated',
    },
  ])
  expect((await ask('/v1/operator/revocations?user=1')).status).toBe(400)
})

test('one that somebody stopped goes on when an operator says why', async () => {
  const made = makeRevocations()
  const { post } = await startOperator(made)
  const answer = await post(RESUME, { why: 'the bank is back' })
  expect(revocationResumed.parse(await answer.json())).toEqual({ changed: true })
  const ref = { userKey: 'user-key', revocationNo: 3 }
  expect(made.revocations.resume).toHaveBeenCalledWith(ref, 'kim-operator', 'the bank is back')
  expect(made.startRevocation).toHaveBeenCalledWith(ref, { again: true })
})

test.each([
  ['without a reason', RESUME, {}, 'operator', 400],
  ['by somebody who only looks', RESUME, { why: 'curious' }, 'viewer', 403],
  ['of nobody', RESUME.replace('user-key', 'no-one'), { why: 'a mistake' }, 'operator', 404],
  ['of what is no number', RESUME.replace('/3/', '/x/'), { why: 'a mistake' }, 'operator', 404],
] as const)('a resume %s starts nothing', async (_, path, body, token, status) => {
  const made = makeRevocations()
  const { post } = await startOperator(made)
  expect((await post(path, body, token)).status).toBe(status)
  expect(made.startRevocation).not.toHaveBeenCalled()
})

test('a run that is there goes on as it did', async () => {
  const { post } = await startOperator({
    ...makeRevocations(),
    startRevocation: async () => 'started-before',
  })
  expect(await (await post(RESUME, { why: 'to be sure' })).json()).toEqual({ changed: false })
})
