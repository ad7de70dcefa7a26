import { type Answer, data } from '../answer.ts'
import { answerSince, type Ask, entitlement, refuse } from '../ask.ts'
import { dayDigits } from '../kst.ts'
import { decimal } from '../money.ts'
import { pageFor } from '../pages.ts'
import type { Card } from '../people/cards/card.ts'
import { findCard, holdingOf } from './card.ts'
import { counted, whole } from './whole.ts'

/** 카드-001: every card, consented or not. */
export function listCards(ask: Ask): Answer {
  const { params } = ask
  if (params['next_page'] && params['search_timestamp'])
    throw refuse(ask, 'timestamp-with-cursor', '40001', 'search_timestamp with next_page')
  const rows = holdingOf(ask).cards.map(cardRow)
  const page = pageFor(ask, { scope: 'list', total: rows.length })
  const use = entitlement(ask, '', page.isFirst)
  const since = page.isFirst ? answerSince(ask, '', () => rows) : undefined
  if (page.nextPage === undefined || (since && 'status' in since)) use()
  if (since && 'status' in since) return since
  return data({
    ...(since ? { search_timestamp: since.searchTimestamp } : {}),
    ...(page.nextPage === undefined ? {} : { next_page: page.nextPage }),
    ...counted('card', rows.slice(page.from, page.to)),
  })
}

/** 카드-002: a card's terms. */
export function cardBasic(ask: Ask): Answer {
  const { card } = findCard(ask)
  return whole(ask, card.key, () => ({
    is_trans_payable: 'true',
    is_cash_card: String(card.type === '02'),
    linked_bank_code: card.paidFrom.bankCode,
    account_num: card.paidFrom.accountNum,
    card_brand: card.brand,
    annual_fee: decimal(card.annualFee),
    issue_date: dayDigits(card.issuedOn),
  }))
}

function cardRow({ cardId, cardNum, isConsent, name, isFamily, type }: Card): object {
  return {
    card_id: cardId,
    card_num: cardNum,
    is_consent: String(isConsent),
    card_name: name,
    card_member: isFamily ? '2' : '1',
    card_type: type,
  }
}
