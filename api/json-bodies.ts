import express, { type RequestHandler } from 'express'

import { invalid, RequestProblem } from './problems.ts'

// A body that is too large is read to its end up to here, so that the sender hears why; beyond, the sender is hung up on.
const WORTH_READING = 1024 * 1024
const OTHER_CHARSET = /;\s*charset\s*=\s*"?(?!utf-?8\b)/i

/** Takes a JSON body of so many bytes at most, in UTF-8 and as it is; everything else is refused by what it should be. */
export const jsonBody = (limit: number): RequestHandler[] => [
  onlyJson,
  notEndless,
  express.json({ limit, inflate: false }),
]

/** A body of another type is refused as such; one that is not there, by what it should be. */
const onlyJson: RequestHandler = (request, _response, next) => {
  const type = request.is('application/json')
  if (type === null || request.get('content-length') === '0')
    throw invalid('(whole)', 'a JSON body was expected')
  if (type === false || OTHER_CHARSET.test(request.get('content-type') ?? ''))
    throw new RequestProblem('UnsupportedMediaType')
  next()
}

/** The parser reads whatever it has refused to the end before it says so: of a body without an end, never. */
const notEndless: RequestHandler = (request, _response, next) => {
  if (Number(request.get('content-length')) > WORTH_READING) throw new RequestProblem('PayloadTooLarge')
  let seen = 0
  let isRefused = false
  request.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (seen <= WORTH_READING || isRefused) return
    isRefused = true
    next(new RequestProblem('PayloadTooLarge'))
  })
  next()
}
