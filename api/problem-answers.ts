import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { z } from 'zod'

import { type Log, whereFrom } from '../log.ts'
import {
  type Problem,
  PROBLEM_NAMES,
  problemKind,
  type ProblemName,
  problemOf,
  RequestProblem,
} from './problems.ts'
import { requestIdOf } from './request-ids.ts'

/** Every answer that is not a success: application/problem+json (RFC 9457). */
export const problemAnswer = z
  .strictObject({
    type: z.string().regex(/^\/problems\/[A-Za-z]+$/),
    title: z.enum(PROBLEM_NAMES).meta({ description: 'A name that does not change.' }),
    status: z.int().min(400).max(599),
    detail: z.string().meta({ description: 'A sentence for a person. Names no data.' }),
    requestId: z.string().meta({ description: 'To find this request in the logs by.' }),
    errors: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Places in the request, and what was expected there.' }),
  })
  .meta({ id: 'Problem', description: 'Why a request was not served.' })

/** How a problem looks, for the reference. */
export const problemExample = (name: ProblemName): z.infer<typeof problemAnswer> => ({
  type: `/problems/${name}`,
  title: name,
  status: problemKind(name).http,
  detail: problemKind(name).says,
  requestId: 'f5a3c1d2-0b6e-4d1f-9a57-3c2b1a09e8d7',
  ...(name === 'InvalidRequest' ? { errors: [{ path: 'view', message: 'is not accepted here' }] } : {}),
})

/** Answers whatever was thrown as a problem. Our own faults are logged by name and place, never by message. */
export function answerProblems(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const problem = problemOf(error)
    if (problem.status >= 500)
      log.error({ ...facts(request, problem), ...whereFrom(error) }, 'a request failed')
    if (response.headersSent) next(error)
    else sendProblem(request, response, problem)
  }
}

export const notFound: RequestHandler = () => {
  throw new RequestProblem('NotFound')
}

export const onlyMethods =
  (allow: string): RequestHandler =>
  () => {
    throw new RequestProblem('MethodNotAllowed', { headers: { allow } })
  }

/** A problem in its form, for who has no response to write it to. */
export const problemDocument = (
  name: ProblemName,
  requestId: string,
  errors?: Problem['errors'],
): z.infer<typeof problemAnswer> => ({
  type: `/problems/${name}`,
  title: name,
  status: problemKind(name).http,
  detail: problemKind(name).says,
  requestId,
  ...(errors ? { errors: [...errors] } : {}),
})

function sendProblem(request: Request, response: Response, problem: Problem): void {
  const { name, status, headers, errors } = problem
  const document = problemDocument(name, requestIdOf(request), errors)
  response.status(status).set(headers).type('application/problem+json').send(JSON.stringify(document))
}

const facts = (request: Request, { name, status }: Problem) => ({
  requestId: requestIdOf(request),
  method: request.method,
  failure: name,
  status,
})
