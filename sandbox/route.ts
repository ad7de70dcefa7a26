import type { Answer } from './answer.ts'
import type { Ask } from './ask.ts'
import type { TokenCall } from './token-call.ts'

export type DataRoute = {
  kind: 'data'
  method: 'GET' | 'POST'
  api: string
  /** Its code in the list of APIs; the standard gives none to some later ones. */
  code?: string
  /** The scope the token needs. */
  scope?: string
  /** The parameters that name the asset: its ranges and pages must be read one after another. */
  inOrder?: readonly string[]
  answer: (ask: Ask) => Answer
}
export type TokenRoute = {
  kind: 'token'
  method: 'POST'
  api: TokenCall['api']
  answer: (call: TokenCall) => Answer
}
export type Route = DataRoute | TokenRoute

type Reading = Pick<DataRoute, 'api' | 'code' | 'scope' | 'inOrder'>

export function get(reading: Reading, answer: DataRoute['answer']): DataRoute {
  return { kind: 'data', method: 'GET', ...reading, answer }
}

export function post(reading: Reading, answer: DataRoute['answer']): DataRoute {
  return { kind: 'data', method: 'POST', ...reading, answer }
}
