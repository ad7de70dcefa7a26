import { dayDigits, type Day } from '../kst.ts'
import type { Sandbox } from '../server.ts'
import { createTestClient, type Reply, type TestClient } from '../test-client.ts'

/** A row as it comes over the wire; what it must have is for the tests to say. */
export type Row = Readonly<Record<string, string>>
export type Kind = 'approval-domestic' | 'approval-overseas' | 'purchase-domestic' | 'purchase-overseas'
export type Read = { rows: Row[]; replies: Reply[] }

export const CARDS = '/v2/card/cards'
export const BILLS = '/v2/card/bills'

/** The paths that answer for a person as a whole, with the name of their list, if they have one. */
export const WHOLE = {
  '/v2/card/points': 'point',
  '/v2/card/payments': 'pay',
  '/v2/card/payments/revolving': 'revolving',
  '/v2/card/loans': undefined,
  '/v2/card/loans/short-term': 'short_term',
  '/v2/card/loans/long-term': 'long_term',
} as const

/** Every client of a person at the card companies of a sandbox. */
export function cardClients(sandbox: Sandbox, person: string): TestClient[] {
  return sandbox.institutions
    .filter(({ industry }) => industry === 'card')
    .map(({ institutionId }) => createTestClient(sandbox, person, institutionId))
}

/** The fields of an answer, with its list if it has one. */
export function rowsIn({ text }: Reply, name: string): Row[] {
  const body: Readonly<Record<string, Row[] | undefined>> = JSON.parse(text)
  return body[`${name}_list`] ?? []
}

export async function readCards(client: TestClient): Promise<Read> {
  return readPages(client, CARDS, 'card', {})
}

/** Approvals or purchases of a card. */
export async function readUses(
  client: TestClient,
  kind: Kind,
  cardId: string,
  range: { from: Day; through: Day },
  limit = '500',
): Promise<Read> {
  const days = { from_date: dayDigits(range.from), to_date: dayDigits(range.through) }
  const name = kind.startsWith('approval') ? 'approved' : 'purchase'
  return readPages(client, `${CARDS}/${cardId}/${kind}`, name, days, limit)
}

export async function readBills(client: TestClient, from: string, to: string): Promise<Read> {
  return readPages(client, BILLS, 'bill', { from_month: from, to_month: to })
}

export async function readCharges(client: TestClient, { charge_month = '', seqno }: Row): Promise<Read> {
  const which = { charge_month, ...(seqno === undefined ? {} : { seqno }) }
  return readPages(client, `${BILLS}/detail`, 'bill_detail', which)
}

async function readPages(
  client: TestClient,
  path: string,
  name: string,
  query: Record<string, string>,
  limit = '500',
): Promise<Read> {
  const rows: Row[] = []
  const replies: Reply[] = []
  let next: string | undefined
  do {
    const reply = await client.get(path, {
      ...query,
      limit,
      ...(next === undefined ? {} : { next_page: next }),
    })
    replies.push(reply)
    rows.push(...rowsIn(reply, name))
    next = reply.body.next_page
  } while (next !== undefined)
  return { rows, replies }
}
