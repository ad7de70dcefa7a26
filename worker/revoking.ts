import type { ActivityDeps } from '../activities/deps.ts'
import type { Http } from '../connectors/http.ts'
import { type Client, createTokenCalls } from '../connectors/token.ts'
import { EVENTS } from '../domain/event-map.ts'
import type { Runs } from '../engine/runs.ts'
import type { ReceiptSigner } from './receipts.ts'

export type RevokingOptions = {
  http: Pick<Http, 'call'>
  client: Client
  runs: Pick<Runs, 'start' | 'hint'>
  signer: ReceiptSigner
  limitHours: number
}

const HOUR_MS = 3_600_000

/** What the steps of a revocation need besides the rows: the institution, the engine, and a hand that signs. */
export const createRevoking = ({
  http,
  client,
  runs,
  signer,
  limitHours,
}: RevokingOptions): Pick<ActivityDeps, 'revokeForMs' | 'revokeToken' | 'signReceipt' | 'tellRun'> => ({
  revokeForMs: limitHours * HOUR_MS,
  revokeToken: (institution, token, options) =>
    createTokenCalls(http, institution, client).revoke(token, options),
  signReceipt: signer.sign,
  tellRun: async (refresh) => {
    const reason = 'consent.revoked'
    const outcome = await runs.start(refresh, { priority: EVENTS[reason].priority, reason })
    if (outcome === 'started-before') await runs.hint(refresh)
  },
})
