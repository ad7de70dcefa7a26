import type { ServerResponse } from 'node:http'

/** Ways of spoiling a good answer on its way out, each with what the client gets. */
export const MANGLES = {
  reset: 'nothing: what was asked is done, then the connection is reset',
  truncated: 'half of the body, then a reset',
  html: 'a page of a proxy, with status 200',
  empty: 'status 200 and no body',
  drip: 'a byte every 100 ms',
  'wrong-tran-id': 'the echo of another call',
  native: 'numbers and booleans instead of texts, which clients must accept',
  'same-cursor': 'a further page says that it is followed by itself',
} as const
export type Mangle = keyof typeof MANGLES

const DRIP_MS = 100
const OTHER_TRAN_ID = 'SBXMOA9999M99999999999999'

/** The body as it will be sent. */
export function mangledText(mangle: Mangle | undefined, text: string, cursor: string | undefined): string {
  if (mangle === 'html') return '<html><body>Bad gateway</body></html>'
  if (mangle === 'empty') return ''
  if (mangle === 'native')
    return text
      .replaceAll(/("\w+_(?:amt|cnt|rate)":)"(-?\d+(?:\.\d+)?)"/g, '$1$2')
      .replaceAll(/("is_\w+":)"(true|false)"/g, '$1$2')
  if (mangle === 'same-cursor' && cursor !== undefined)
    return JSON.stringify({ ...JSON.parse(text), next_page: cursor })
  return text
}

export function mangledTranId(mangle: Mangle | undefined, tranId: string): string {
  return mangle === 'wrong-tran-id' ? OTHER_TRAN_ID : tranId
}

/** Cuts the client off instead of answering; false if it shall get an answer. */
export function isReset(mangle: Mangle | undefined, response: ServerResponse): boolean {
  if (mangle === 'reset') response.socket?.resetAndDestroy()
  return mangle === 'reset'
}

/** Sends the body, well or not; heads have been written. */
export function sendMangled(mangle: Mangle | undefined, response: ServerResponse, body: Buffer): void {
  if (mangle === 'truncated') {
    response.write(body.subarray(0, body.length / 2), () => response.destroy())
  } else if (mangle === 'drip') {
    let sent = 0
    const timer = setInterval(() => {
      sent += 1
      if (sent < body.length) response.write(body.subarray(sent - 1, sent))
      else response.end(body.subarray(sent - 1))
      if (sent >= body.length) clearInterval(timer)
    }, DRIP_MS)
    response.once('close', () => clearInterval(timer))
  } else {
    response.end(body)
  }
}
