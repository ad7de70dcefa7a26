import { expect, test, vi } from 'vitest'

import type { OperatorResponses, ResponseHead } from '../../../db/operator-responses.ts'
import { responseOpened, responsesAnswer } from '../answers.ts'
import { NOW, startOperator } from '../make-operator.ts'

const ID = '3e8f0d3a-8a52-4a3e-9a54-6d3c8d5f7b01'
const head: ResponseHead = {
  responseId: ID,
  institutionId: 'BANK000001',
  api: 'bank-004',
  status: 200,
  headers: { server: 'gate/1' },
  expected: 'BANK000001 bank-004: expected JSON',
  bodyBytes: 12,
  isWhole: true,
  keptAt: NOW,
  expiresAt: new Date(NOW.getTime() + 86_400_000),
}

function makeResponses(body: Buffer = Buffer.from('<html>')) {
  const list = vi.fn<OperatorResponses['list']>(async () => [head])
  const open = vi.fn<OperatorResponses['open']>(async (responseId) =>
    responseId === ID ? { responseId, institutionId: 'BANK000001', api: 'bank-004', body } : null,
  )
  return { list, open }
}

const OPEN = `/v1/operator/responses/${ID}/open`
const why = 'the bank asks for an example'

test('what was not believed is listed, of one institution if it is named', async () => {
  const responses = makeResponses()
  const { ask } = await startOperator({ responses })
  const told = responsesAnswer.parse(
    await (await ask('/v1/operator/responses?institution=BANK000001')).json(),
  )
  expect(told.responses).toMatchObject([
    { responseId: ID, expected: head.expected, keptAt: NOW.toISOString() },
  ])
  expect(responses.list).toHaveBeenCalledWith('BANK000001', 50)
  expect((await ask('/v1/operator/responses?userKey=x')).status).toBe(400)
})

test('an operator who says why reads a body, and is named with the reason and the place', async () => {
  const responses = makeResponses()
  const { post } = await startOperator({ responses })
  const answer = await post(OPEN, { why })
  expect(responseOpened.parse(await answer.json())).toMatchObject({ encoding: 'utf-8', body: '<html>' })
  expect(answer.headers.get('cache-control')).toContain('no-store')
  expect(responses.open).toHaveBeenCalledWith(ID, { by: 'kim-operator', why, place: expect.any(String) })
})

test('a body that is no text comes byte for byte', async () => {
  const bytes = Buffer.from([0xb0, 0xa1, 0x00, 0xff])
  const { post } = await startOperator({ responses: makeResponses(bytes) })
  const told = responseOpened.parse(await (await post(OPEN, { why })).json())
  expect([told.encoding, Buffer.from(told.body, 'base64')]).toEqual(['base64', bytes])
})

test('nobody reads one without a reason, without the role, or without its id', async () => {
  const responses = makeResponses()
  const { post } = await startOperator({ responses })
  expect((await post(OPEN, {})).status).toBe(400)
  expect((await post(OPEN, { why: 'x' })).status).toBe(400)
  expect((await post(OPEN, { why }, 'viewer')).status).toBe(403)
  expect((await post('/v1/operator/responses/1/open', { why })).status).toBe(404)
  expect((await post(OPEN.replace('3e8f', '3e80'), { why })).status).toBe(404)
  expect(responses.open.mock.calls.filter(([id]) => id === ID)).toEqual([])
})
