import type { Call } from './call-log.ts'
import type { Incoming } from './reply.ts'
import type { ViolationKind } from './violations.ts'
import type { World } from './world.ts'

const TRAN_ID = /^[A-Za-z0-9]{10}[MSRCPA][A-Z0-9]{14}$/
const SECRET_NAMES = /^(access_token|refresh_token|token|code|client_secret|password|account_num|card_num)$/i

export type Note = (kind: ViolationKind, detail: string) => void

/** Records violations of this call. */
export function noter({ world, institution }: Incoming, call: Call): Note {
  return (kind, detail) => world.violations.record(kind, institution.institutionId, `${call.api}: ${detail}`)
}

/** False if the number of the call is missing or malformed. */
export function checkTranId(world: World, tranId: string | null, note: Note): boolean {
  if (tranId === null || !TRAN_ID.test(tranId)) {
    note('malformed-tran-id', tranId === null ? 'missing' : 'not AN(25)')
    return false
  }
  if (world.tranIds.isRepeated(tranId)) note('repeated-tran-id', 'used before')
  return true
}

/** Secrets do not belong into URLs, which end in logs. */
export function checkUrl(url: URL, note: Note): void {
  const name = [...url.searchParams.keys()].find((key) => SECRET_NAMES.test(key))
  if (name !== undefined) note('secret-in-url', `parameter ${name}`)
}
