import { type Answer, data } from './answer.ts'
import { type Ask, entitlement } from './ask.ts'
import type { Industry } from './institutions.ts'
import { type DataRoute, get } from './route.ts'

type Routes = Readonly<Record<string, DataRoute>>

/** What an industry serves, with the two APIs that every industry has. */
export function withCommon(industry: Industry, own: Routes): Routes {
  const routes: Routes = {
    [`/v2/${industry}/apis`]: get({ api: `${industry}-common-001`, code: 'CM01' }, (ask) =>
      listApis(ask, routes),
    ),
    [`/v2/${industry}/consents`]: get(
      { api: `${industry}-common-002`, code: 'CM02', scope: `${industry}.list` },
      readConsent,
    ),
    ...own,
  }
  return routes
}

/** 정보제공-공통-001: the APIs this institution serves. */
function listApis(ask: Ask, routes: Routes): Answer {
  entitlement(ask, '', true)()
  const served = Object.entries(routes)
  return data({
    version: 'v2',
    min_version: 'v2',
    api_cnt: String(served.length),
    api_list: served.map(([api_uri, { code }]) => ({
      ...(code === undefined ? {} : { api_code: code }),
      api_uri,
    })),
  })
}

/** 정보제공-공통-002: the consent behind the token. */
function readConsent(ask: Ask): Answer {
  entitlement(ask, '', true)()
  const endDate = ask.grant.endsOn.replaceAll('-', '')
  const names = { bank: 'is_consent_trans_memo', card: 'is_consent_merchant_name_regno' }
  return data({
    is_scheduled: 'true',
    fnd_cycle: '1/w',
    add_cycle: '1/w',
    end_date: endDate,
    purpose: '본인 금융정보 통합조회',
    period: endDate,
    [names[ask.institution.industry]]: String(ask.grant.memo),
  })
}
