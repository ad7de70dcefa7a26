import type { IncomingMessage, ServerResponse } from 'node:http'

import { approvalRoutes } from './approval-control.ts'
import type { Behaviour } from './behaviour.ts'
import { parse, readBody } from './body.ts'
import { ControlError } from './control-error.ts'
import { type ClockOrder, type Control } from './control.ts'
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
  'POST /behaviour': (control, input) =>
    done(() =>
      control.behaviour(
        checked<Behaviour>(input, {
          institutionId: 'string',
          person: 'string?',
          latencyMs: 'latency?',
          status: 'status?',
          hang: 'boolean?',
          mangle: 'mangle?',
          apiType: 'string?',
          api: 'string?',
          times: 'number?',
          after: 'number?',
        }),
      ),
    ),
  'POST /behaviour/reset': (control) => done(control.resetBehaviour),
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
  const route = routes[`${request.method} ${path}`]
  if (!route)
    return answer(404, { error: `no control route ${request.method} ${path}`, routes: Object.keys(routes) })
  const input = request.method === 'GET' ? Object.fromEntries(url.searchParams) : body ? parse(body) : {}
  if (body === undefined || typeof input !== 'object' || input === null || Array.isArray(input))
    return answer(400, { error: 'expected a JSON object of at most 64 KB' })
  try {
    answer(200, route(control, { ...input }))
  } catch (error) {
    if (!(error instanceof ControlError) && !(error instanceof RangeError)) throw error
    answer(400, { error: error.message })
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
