import { type Answer, data } from '../answer.ts'
import { type Ask, entitlement } from './ask.ts'

const served = [
  ['CM01', '/v2/bank/apis'],
  ['CM02', '/v2/bank/consents'],
  ['BA01', '/v2/bank/accounts'],
  ['BA02', '/v2/bank/accounts/deposit/basic'],
  ['BA03', '/v2/bank/accounts/deposit/detail'],
  ['BA04', '/v2/bank/accounts/deposit/transactions'],
  ['BA21', '/v2/bank/accounts/loan/basic'],
  ['BA22', '/v2/bank/accounts/loan/detail'],
  ['BA23', '/v2/bank/accounts/loan/transactions'],
] as const

/** 정보제공-공통-001: the APIs this institution serves. */
export function listApis(ask: Ask): Answer {
  entitlement(ask, '', true)()
  return data({
    version: 'v2',
    min_version: 'v2',
    api_cnt: String(served.length),
    api_list: served.map(([api_code, api_uri]) => ({ api_code, api_uri })),
  })
}

/** 정보제공-공통-002: the consent behind the token. */
export function readConsent(ask: Ask): Answer {
  entitlement(ask, '', true)()
  const endDate = ask.grant.endsOn.replaceAll('-', '')
  return data({
    is_scheduled: 'true',
    fnd_cycle: '1/w',
    add_cycle: '1/w',
    end_date: endDate,
    purpose: '본인 금융정보 통합조회',
    period: endDate,
    is_consent_trans_memo: String(ask.grant.memo),
  })
}
