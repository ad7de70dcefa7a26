import type { z } from 'zod'

import { type RequestError, RequestProblem } from './problems.ts'

// Enough to mend a request by; a body of 64 KB could hold thousands of mistakes.
const MOST_ERRORS = 20
const LONGEST_WORDS = 200

/** What a schema makes of a part of a request; throws InvalidRequest with every place that is wrong. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new RequestProblem('InvalidRequest', { errors: requestErrors(parsed.error) })
}

/** Places and expectations. A message says what was expected, never what was found. */
export function requestErrors({ issues }: z.core.$ZodError): RequestError[] {
  return issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not accepted here' }))
        : [{ path: issue.path, message: issue.message }],
    )
    .slice(0, MOST_ERRORS)
    .map(({ path, message }) => ({
      path: path.map(String).join('.').slice(0, LONGEST_WORDS) || '(whole)',
      message: message.slice(0, LONGEST_WORDS),
    }))
}
