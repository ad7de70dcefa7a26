import { Readable } from 'node:stream'

import type { ApiRequest, Call, Institution, Visit } from '../connector.ts'
import { readAnswer } from '../read-answer.ts'
import { makeFacts } from '../test-institution.ts'

/** For tests: an answer as it comes over the wire. */
export type Raw = { status: number; headers: Record<string, string>; bytes: Buffer }

/** Who answers: from the call alone, and from how many came before it. */
export type Answering = (request: ApiRequest, call: number) => Raw

const institution: Institution = {
  institutionId: 'TESTBANK01',
  name: 'Test Bank',
  baseUrl: 'https://bank.example',
}

export const NUMBER = 'TESTMOA001M00000000000001'
const NOW = new Date('2026-11-22T01:00:00Z')
/** As in http.ts. */
export const MOST_BYTES = 8 * 1024 * 1024

/** An answer as the standard says. */
export const wellSent = (bytes: Buffer | string): Raw => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=UTF-8', 'x-api-tran-id': NUMBER },
  bytes: Buffer.from(bytes),
})

/** A visit to an institution without a network: its answers are read by the code that reads all answers. */
export function visitTo(answer: Answering, overrides: Partial<Omit<Visit, 'call'>> = {}) {
  let calls = 0
  const facts = makeFacts(institution, overrides)
  const call: Call = async (request) => {
    const { status, headers, bytes } = answer(request, (calls += 1))
    const response = { statusCode: status, headers, body: Readable.from(bytes.length > 0 ? [bytes] : []) }
    const { apiType } = facts
    const asked = { ...request, institution, accessToken: 'test.access.token', apiType }
    return readAnswer(response, {
      request: asked,
      number: NUMBER,
      maxBodyBytes: MOST_BYTES,
      now: () => NOW,
    })
  }
  const visit: Visit = { ...facts, call }
  return { visit, calls: () => calls }
}
