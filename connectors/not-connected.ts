import type { FailureName } from '../domain/failures.ts'

/** Why no connection was made: known below a call, named where the call is. Says what was expected, never an address. */
export class NotConnected extends Error {
  readonly type: FailureName

  constructor(type: FailureName, expected: string) {
    super(expected)
    this.type = type
  }
}
