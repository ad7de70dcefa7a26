import type { OutgoingHttpHeaders } from 'node:http'

export type HeadFault = {
  says: string
  head: (headers: OutgoingHttpHeaders, realNow: number) => OutgoingHttpHeaders
}

const HOUR_MS = 3_600_000
const OTHER_TRAN_ID = 'SBXMOA9999M99999999999999'

/** Good bodies under headers that are wrong. */
export const HEAD_FAULTS = {
  'wrong-tran-id': {
    says: 'the echo of another call',
    head: (headers) => ({ ...headers, 'x-api-tran-id': OTHER_TRAN_ID }),
  },
  'no-tran-id': { says: 'no echo', head: (headers) => without(headers, 'x-api-tran-id') },
  'wrong-content-type': {
    says: 'JSON under text/plain',
    head: (headers) => ({ ...headers, 'content-type': 'text/plain' }),
  },
  'no-content-type': { says: 'no content type', head: (headers) => without(headers, 'content-type') },
  'clock-behind': {
    says: 'a Date header of an hour ago',
    head: (headers, realNow) => ({ ...headers, date: new Date(realNow - HOUR_MS).toUTCString() }),
  },
  'clock-ahead': {
    says: 'a Date header in an hour',
    head: (headers, realNow) => ({ ...headers, date: new Date(realNow + HOUR_MS).toUTCString() }),
  },
} as const satisfies Record<string, HeadFault>

function without(headers: OutgoingHttpHeaders, name: string): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name))
}
