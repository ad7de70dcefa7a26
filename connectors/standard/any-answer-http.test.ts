import type { ServerResponse } from 'node:http'

import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { freshSeed } from '../../test/system/support/random.ts'
import {
  type Asked,
  httpFor,
  makeVisit,
  startInstitution,
  type TestInstitution,
} from '../test-institution.ts'
import { standardBank } from './bank/index.ts'
import { standardCard } from './card/index.ts'
import { NUMBER, type Raw, wellSent } from './test-answers.ts'
import { mangles } from './test-mangling.ts'
import { judge, operationAt, operationsOf, outcomeOf, personAt } from './test-outcomes.ts'

/*
 * A sample of the same answers over HTTP, and of connections that end before one does.
 */

// A failure is shrunk by some hundred more readings before it is told.
vi.setConfig({ testTimeout: 180_000 })

const seed = freshSeed()
const RUNS = 40

let institution: TestInstitution
let http: ReturnType<typeof httpFor>
beforeAll(async () => {
  institution = await startInstitution(() => {})
  http = httpFor(institution.institution)
})
afterAll(async () => {
  await http.close()
  await institution.close()
})

type Write = (response: ServerResponse, raw: Raw) => void

const WRITES: readonly Write[] = [
  (response, { status, headers, bytes }) => void response.writeHead(status, headers).end(bytes),
  // Chunk by chunk, without a length.
  (response, { status, headers, bytes }) => {
    response.writeHead(status, headers)
    response.write(bytes.subarray(0, 7))
    response.end(bytes.subarray(7))
  },
  // Cut off in the body, whose length was told.
  (response, { status, headers, bytes }) => {
    response.writeHead(status, { ...headers, 'content-length': String(bytes.length + 1) })
    response.write(bytes, () => response.destroy())
  },
  (response) => void response.destroy(),
  (response) => void response.socket?.end('HTTP/1.1 200 OK\r\n: broken\r\n\r\n{}'),
]

/** With the number of the call, where the answer would repeat the right one. */
const echoing = ({ headers, ...raw }: Raw, asked: Asked): Raw => ({
  ...raw,
  headers:
    headers['x-api-tran-id'] === NUMBER
      ? { ...headers, 'x-api-tran-id': asked.headers['x-api-tran-id'] ?? '' }
      : headers,
})

test.each([
  ['bank', standardBank],
  ['card', standardCard],
] as const)(
  'an answer of a %s that comes over HTTP leaves rows or a failure by name',
  async (industry, connector) => {
    const operations = operationsOf(industry)
    const ends = { whole: 0, partial: 0, failed: 0 }
    const drawn = [
      personAt(industry),
      fc.constantFrom(...operations),
      mangles,
      fc.constantFrom(...WRITES),
    ] as const
    await fc.assert(
      fc.asyncProperty(...drawn, async (person, mangled, mangle, write) => {
        const sent: Raw[] = []
        institution.behave((asked, response) => {
          const at = operationAt(asked.path, operations)
          const body = Object(person[at])
          const raw = echoing(at === mangled ? mangle(body) : wellSent(JSON.stringify(body)), asked)
          sent.push(raw)
          if (at === mangled) write(response, raw)
          else WRITES[0]?.(response, raw)
        })
        const outcome = await outcomeOf(connector, makeVisit(institution.institution, http))
        ends[judge(outcome, sent)] += 1
      }),
      { numRuns: RUNS, seed },
    )
    expect(ends.whole + ends.partial).toBeGreaterThan(0)
    expect(ends.failed).toBeGreaterThan(0)
  },
)
