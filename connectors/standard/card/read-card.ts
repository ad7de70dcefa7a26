import type { AccountRow } from '../../../domain/reading.ts'
import type { Visit } from '../../connector.ts'
import { createPartMaker } from '../parts.ts'
import { type AssetReading, readParts } from '../read-parts.ts'
import { contracts } from '../section-makers.ts'
import { APPROVALS_READ_AGAIN_DAYS, windowToRead } from '../windows.ts'
import type { CardApi } from './api.ts'
import { approvals, approvalTwins } from './approvals.ts'
import { cardContract, cardIdOf } from './transform.ts'

/** Reads one card, API after API: its terms, and what it was used for at home and abroad. */
export function readCard(
  visit: Visit,
  api: CardApi,
  { identity }: AccountRow,
  signal: AbortSignal,
): Promise<AssetReading> {
  const cardId = cardIdOf(identity)
  const { single, bookings } = createPartMaker(visit, identity)
  const approvalsBy = (name: 'card-008' | 'card-009', ask: CardApi['domestic']) =>
    bookings(
      name,
      (window) => ask(cardId, window, signal),
      (sent) => approvals(identity, name, sent),
      (readUntil) => windowToRead(readUntil, '31 days', visit, APPROVALS_READ_AGAIN_DAYS),
      approvalTwins,
    )
  return readParts(visit, identity, [
    single('card-002', (since) => api.basic(cardId, since, signal), contracts(cardContract(identity))),
    approvalsBy('card-008', api.domestic),
    approvalsBy('card-009', api.overseas),
  ])
}
