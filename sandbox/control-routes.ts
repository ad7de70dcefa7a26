import type { IncomingMessage, ServerResponse } from 'node:http'

import { approvalRoutes } from './approval-control.ts'
import { parse, readBody } from './body.ts'
import { ControlError } from './control-error.ts'
import { type ClockOrder, type Control } from './control.ts'
import { faultRoutes } from './fault-control.ts'
import { checked, type Input } from './orders.ts'
import type { NewTransactions, Plant } from './plant.ts'
import { tokenRoutes } from './token-control.ts'
import type { LedgerQuery } from './truth.ts'
import { VIOLATIONS } from './violations.ts'

type ClosingOrder = Parameters<Control['closeAccount']>[0]
export type ControlRoute = (control: Control, input: Input) => unknown

/** Method and path below /_sandbox. Bodies are checked field by field before they become orders. */
const routes: Readonly<Record<string, ControlRoute>> = {
  'GET /health': () => ({ ready: true }),
  ...tokenRoutes,
  'GET /ledger': (control, input) =>
    control.ledger(
      checked<LedgerQuery>(input, {
        person: 'string',
        institutionId: 'string?',
        from: 'string?',
        to: 'string?',
        at: 'string?',
      }),
    ),
  'GET /calls': (control, input) => control.calls(callFilter(input)),
  'GET /chains': (control, input) => control.chains(callFilter(input)),
  'GET /violations': (control) => ({ ...control.violations(), kinds: VIOLATIONS }),
  'POST /violations/reset': (control) => done(control.resetViolations),
  'GET /clock': (control) => control.clock(),
  'POST /clock': (control, input) =>
    control.moveClock(
      checked<ClockOrder>(input, { advanceDays: 'number?', advanceSeconds: 'number?', now: 'string?' }),
    ),
  ...faultRoutes,
  'POST /plant': (control, input) =>
    control.plant(
      checked<Plant>(input, {
        person: 'string',
        institutionId: 'string',
        accountNum: 'string?',
        memo: 'string?',
        prodName: 'string?',
      }),
    ),
  'POST /transactions': (control, input) =>
    control.transactions(
      checked<NewTransactions>(input, {
        person: 'string',
        institutionId: 'string',
        count: 'number',
        memo: 'string?',
        amount: 'string?',
        type: 'type?',
      }),
    ),
  ...approvalRoutes,
  'POST /close-account': (control, input) =>
    control.closeAccount(
      checked<ClosingOrder>(input, { person: 'string', institutionId: 'string', accountNum: 'string' }),
    ),
}

/** Serves the control API, which no real institution has. */
export async function serveControl(
  control: Control,
  url: URL,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' })
    response.end(JSON.stringify(body))
  }
  const body = await readBody(request)
  const { pattern, inPath } = patternOf(path)
  const route = routes[`${request.method} ${pattern}`]
  if (!route)
    return answer(404, { error: `no control route ${request.method} ${path}`, routes: Object.keys(routes) })
  const input = request.method === 'GET' ? Object.fromEntries(url.searchParams) : body ? parse(body) : {}
  if (body === undefined || typeof input !== 'object' || input === null || Array.isArray(input))
    return answer(400, { error: 'expected a JSON object of at most 64 KB' })
  try {
    answer(200, await route(control, { ...input, ...inPath }))
  } catch (error) {
    if (!(error instanceof ControlError) && !(error instanceof RangeError)) throw error
    answer(400, { error: error.message })
  }
}

/** The one path with a name in it: a rule's. */
function patternOf(path: string): { pattern: string; inPath: Input } {
  const id = /^\/rules\/([^/]+)$/.exec(path)?.[1]
  if (id === undefined) return { pattern: path, inPath: {} }
  return { pattern: '/rules/{id}', inPath: { id: decoded(id) } }
}

/** A path that is no proper URL names nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function callFilter({ institutionId, person, api, since }: Input) {
  const sinceText = text(since)
  if (sinceText !== undefined && !/^\d{1,14}$/.test(sinceText))
    throw new ControlError('since: milliseconds of real time')
  return {
    institutionId: text(institutionId),
    person: text(person),
    api: text(api),
    since: sinceText === undefined ? undefined : Number(sinceText),
  }
}

function done(act: () => void): { done: true } {
  act()
  return { done: true }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
