import { type AccountRow, isCard, type Reading } from '../../../domain/reading.ts'
import type { Connector, Visit } from '../../connector.ts'
import { listSection, type Naming, readAccountList } from '../account-list.ts'
import { createRowBudget } from '../paging.ts'
import type { AssetReading } from '../read-parts.ts'
import { sideBySide } from '../side-by-side.ts'
import type { Card } from './answers.ts'
import { createCardApi } from './api.ts'
import { readCard } from './read-card.ts'
import { readCompany } from './read-company.ts'
import { cardIdentity, toCard } from './transform.ts'

// Cards of one person asked at a time, what the company says of all of them being one more. A person has some two cards
// at a company; an institution counts our calls (10 a second).
const MOST_AT_ONCE = 4

const naming: Naming<Card> = {
  api: 'card-001',
  identity: ({ card_id }) => cardIdentity(card_id),
  toAccount: toCard,
  // What the company has lent stands among the accounts too, from lists of its own.
  isListed: ({ kind }) => isCard(kind),
}

/**
 * A card company as the standard describes it: the list of cards, then what the consent covers of each, and beside them
 * bills, points and loans. Purchases as they were taken in (card-014, card-015) say the same as approvals do, later;
 * prepaid cards (prepaid-001 to 004) are not part of this version.
 */
export const standardCard: Connector = { name: 'card', industry: 'card', collect }

async function collect(visit: Visit): Promise<Reading> {
  const api = createCardApi(visit, createRowBudget())
  const list = await readAccountList(visit, naming, api.cards)
  type Read = (signal: AbortSignal) => Promise<AssetReading>
  const cards = list.accounts.filter(isReadable).map(
    (card): Read =>
      (signal) =>
        readCard(visit, api, card, signal),
  )
  const company: Read = (signal) => readCompany(visit, api, signal)
  const reads = list.isNothingHeld ? [] : [company, ...cards]
  const readings = await sideBySide(reads, MOST_AT_ONCE, (read, signal) => read(signal))
  return {
    sections: [listSection('card-001', list, readings), ...readings.flatMap(({ sections }) => sections)],
    gaps: [...list.gaps, ...readings.flatMap(({ gaps }) => gaps)],
  }
}

const isReadable = ({ isShared, status }: AccountRow): boolean => isShared && status === 'active'
