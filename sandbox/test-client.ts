import { dayDigits, type Day } from './kst.ts'
import type { Sandbox } from './server.ts'

/** What may come over the wire; which of it does is for the tests to say. */
export type Wire = {
  rsp_code?: string
  error?: string
  search_timestamp?: string
  next_page?: string
  access_token?: string
  expires_in?: string
  refresh_token?: string
  account_list?: WireAccount[]
  detail_list?: { currency_code: string; balance_amt: string }[]
  trans_list?: WireRow[]
  balance_amt?: string
  end_date?: string
}
export type WireAccount = {
  account_num: string
  seqno?: string
  is_consent: string
  is_minus?: string
  account_type: string
  account_status: string
  prod_name: string
}
export type WireRow = {
  trans_dtime: string
  trans_no?: string
  trans_type: string
  trans_class?: string
  currency_code: string
  trans_amt: string
  balance_amt: string
  trans_memo?: string
  principal_amt?: string
  int_amt?: string
}
export type Reply = { status: number; headers: Headers; body: Wire; text: string }
export type TestClient = ReturnType<typeof createTestClient>

let serial = 0

/** A number for a call, never given twice in a process. */
export function nextTranId(): string {
  serial += 1
  return `SBXMOA0001M${String(serial).padStart(14, '0')}`
}

/** A client with a fresh consent. `headers` are put over the right ones; null leaves one out. */
export function createTestClient(
  sandbox: Sandbox,
  person: string,
  institutionId: string,
  apiType = 'user-refresh',
) {
  const baseUrl = `${sandbox.url}/${institutionId}`
  const [issued] = sandbox.control.consents({ person, institutionIds: [institutionId] })
  if (!issued) throw new Error('expected tokens')
  const auth = { token: issued.accessToken }
  const send = async (
    path: string,
    init: RequestInit,
    headers: Record<string, string | null>,
  ): Promise<Reply> => {
    const all: Record<string, string | null> = {
      authorization: `Bearer ${auth.token}`,
      'x-api-tran-id': nextTranId(),
      'x-api-type': apiType,
      ...headers,
    }
    const sent = Object.entries(all).flatMap(([name, value]) =>
      value === null ? [] : [[name, value] as const],
    )
    const response = await fetch(`${baseUrl}${path}`, { ...init, headers: Object.fromEntries(sent) })
    const text = await response.text()
    const body: Wire = JSON.parse(text)
    return { status: response.status, headers: response.headers, body, text }
  }
  const get = (path: string, query: Record<string, string>, headers: Record<string, string | null> = {}) =>
    send(`${path}?${new URLSearchParams({ org_code: institutionId, ...query }).toString()}`, {}, headers)
  const post = (path: string, body: object | string, headers: Record<string, string | null> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify({ org_code: institutionId, ...body })
    return send(path, { method: 'POST', body: text }, { 'content-type': 'application/json', ...headers })
  }
  const form = (
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string | null> = {},
  ) => {
    const client = { client_id: 'sandbox-client', client_secret: 'sandbox-secret' }
    const text = new URLSearchParams({ org_code: institutionId, ...client, ...fields }).toString()
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    return send(
      path,
      { method: 'POST', body: text },
      { ...type, authorization: null, 'x-api-type': null, ...headers },
    )
  }
  return { sandbox, person, institutionId, issued, auth, get, post, form }
}

export const ACCOUNTS = '/v2/bank/accounts'
export const TRANSACTIONS = '/v2/bank/accounts/deposit/transactions'

/** The whole list, page by page. */
export async function listAccounts(client: TestClient, limit = '500'): Promise<WireAccount[]> {
  const accounts: WireAccount[] = []
  let reply = await client.get(ACCOUNTS, { search_timestamp: '0', limit })
  for (;;) {
    accounts.push(...(reply.body.account_list ?? []))
    if (reply.body.next_page === undefined) return accounts
    reply = await client.get(ACCOUNTS, { next_page: reply.body.next_page, limit })
  }
}

/** The names a call gives an asset. */
export function assetOf({ account_num, seqno }: WireAccount): { account_num: string; seqno?: string } {
  return { account_num, ...(seqno === undefined ? {} : { seqno }) }
}

/** Every row of a range, as the pages bring them; replies too, for who wants to look at them. */
export async function readTransactions(
  client: TestClient,
  side: 'deposit' | 'loan',
  asset: object,
  range: { from: Day; through: Day },
  limit = '500',
): Promise<{ rows: WireRow[]; replies: Reply[] }> {
  const rows: WireRow[] = []
  const replies: Reply[] = []
  const wanted = { ...asset, from_date: dayDigits(range.from), to_date: dayDigits(range.through), limit }
  let next: string | undefined
  do {
    const further = next === undefined ? {} : { next_page: next }
    const reply = await client.post(`${ACCOUNTS}/${side}/transactions`, { ...wanted, ...further })
    replies.push(reply)
    rows.push(...(reply.body.trans_list ?? []))
    next = reply.body.next_page
  } while (next !== undefined)
  return { rows, replies }
}

/** The sides of an account that may be read. */
export function sidesOf(account: WireAccount): ('deposit' | 'loan')[] {
  if (account.is_consent !== 'true' || account.account_status !== '01') return []
  if (account.account_type.startsWith('3')) return ['loan']
  return account.is_minus === 'true' ? ['deposit', 'loan'] : ['deposit']
}
