import type { Readable } from 'node:stream'

import type { Dispatcher } from 'undici'

import { DomainFailure } from '../domain/failures.ts'
import type { Answer, HttpRequest } from './connector.ts'
import { MOST_KEPT_BYTES, rememberAnswer, rememberUnexpected, tellableHeaders } from './evidence.ts'
import { InstitutionFailure } from './institution-failure.ts'
import { NotJson, parseJson } from './json.ts'
import { retryAfter } from './retry-after.ts'
import { judgeData, judgeToken } from './standard/rsp-codes.ts'

type Asked = { request: HttpRequest; number: string; maxBodyBytes: number; now: () => Date }

type Headers = Dispatcher.ResponseData['headers']
type Response = { statusCode: number; headers: Headers; body: Readable }

/** Reads an answer to its end and judges it. Whatever it is not sure of is an UnexpectedResponse. */
export async function readAnswer(response: Response, asked: Asked): Promise<Answer> {
  const read: Buffer[] = []
  try {
    const answer = await judged(response, asked, read)
    if (mayBeKept(asked)) rememberAnswer(answer.body, evidenceOf(response, asked, read))
    return answer
  } catch (error) {
    if (error instanceof DomainFailure && error.type === 'UnexpectedResponse' && mayBeKept(asked))
      rememberUnexpected(error, evidenceOf(response, asked, read))
    throw error
  } finally {
    // A body that nobody will read must not hold its connection.
    if (!response.body.readableEnded) response.body.on('error', () => {}).destroy()
  }
}

async function judged(
  { statusCode: status, headers, body }: Response,
  asked: Asked,
  read: Buffer[],
): Promise<Answer> {
  const { request } = asked
  if (status < 200 || (status >= 300 && status < 400)) throw unexpected(asked, 'an answer, not a redirect')
  const content = await readContent(status, headers, body, asked, read)
  checkEcho(status, headers, asked)
  const now = asked.now()
  const signs = {
    status,
    now,
    apiType: request.apiType,
    notBefore: retryAfter(one(headers, 'retry-after'), now),
  }
  const verdict =
    request.accessToken === null
      ? judgeToken({ ...signs, code: textOf(content, 'error') ?? textOf(content, 'rsp_code') })
      : judgeData({ ...signs, code: textOf(content, 'rsp_code') })
  if ('outcome' in verdict) return { outcome: verdict.outcome, body: content }
  const message = `${request.institution.institutionId} ${request.api}: expected success, status ${status}`
  throw new InstitutionFailure(verdict.failure, message, verdict)
}

/** Every answer repeats the number of its question. A gateway that fails in front of an institution repeats none. */
function checkEcho(status: number, headers: Headers, asked: Asked): void {
  const echo = one(headers, 'x-api-tran-id')
  if (echo === asked.number) return
  if (echo === undefined && (isGatewaysOwn(status) || isOutsideStandard(asked))) return
  throw unexpected(asked, 'the echo of our transaction number')
}

/** An authorization server that keeps the RFCs and nothing else: it repeats no number, and a revoke has no body. */
const isOutsideStandard = ({ request }: Asked): boolean =>
  request.accessToken === null && request.speaks === 'rfc6749'

const isGatewaysOwn = (status: number): boolean => status === 429 || status >= 500

/** The content; of an outage, whatever can be read of it, since its status has said enough. */
async function readContent(
  status: number,
  headers: Headers,
  body: AsyncIterable<Buffer>,
  asked: Asked,
  read: Buffer[],
): Promise<Record<string, unknown>> {
  try {
    checkHeaders(headers, asked)
    const bytes = await readCapped(body, asked, read)
    return bytes.length === 0 && isOutsideStandard(asked) ? {} : parseJson(bytes)
  } catch (error) {
    const failure = error instanceof NotJson ? unexpected(asked, error.message) : error
    if (failure instanceof DomainFailure && isGatewaysOwn(status)) return {}
    throw failure
  }
}

function checkHeaders(headers: Headers, asked: Asked): void {
  const encoding = one(headers, 'content-encoding') ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') throw unexpected(asked, 'a body without compression')
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(one(headers, 'content-type') ?? '')?.[1] ?? 'utf-8'
  if (!/^utf-?8$/i.test(charset)) throw unexpected(asked, 'UTF-8')
}

async function readCapped(body: AsyncIterable<Buffer>, asked: Asked, chunks: Buffer[]): Promise<Buffer> {
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    chunks.push(chunk)
    if (size > asked.maxBodyBytes) throw unexpected(asked, `at most ${asked.maxBodyBytes} bytes`)
  }
  return Buffer.concat(chunks)
}

/** An answer to a token call holds what opens everything: it is never kept. */
const mayBeKept = ({ request }: Asked): boolean => request.accessToken !== null

/** A copy of the first bytes, so that the rest is not held as long as they are. */
function evidenceOf({ statusCode: status, headers }: Response, { request }: Asked, read: readonly Buffer[]) {
  const size = read.reduce((sum, { length }) => sum + length, 0)
  const body = Buffer.concat(read, Math.min(size, MOST_KEPT_BYTES))
  return { api: request.api, status, headers: tellableHeaders(headers), body, isWhole: body.length === size }
}

function one(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

function textOf(content: Record<string, unknown>, key: string): string | null {
  const value = Object.hasOwn(content, key) ? content[key] : null
  return typeof value === 'string' && value !== '' ? value : null
}

const unexpected = ({ request }: Asked, expected: string): DomainFailure =>
  new DomainFailure(
    'UnexpectedResponse',
    `${request.institution.institutionId} ${request.api}: expected ${expected}`,
  )
