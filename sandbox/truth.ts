import { cardTruthOf } from './card/ledger.ts'
import { instantOf } from './clock.ts'
import { ControlError } from './control-error.ts'
import type { Industry, Institution } from './institutions.ts'
import { dayFrom, dayOf } from './kst.ts'
import { type Truth, truthOf } from './ledger.ts'
import type { World } from './world.ts'

export type LedgerQuery = {
  person: string
  /** Default: every institution. */
  institutionId?: string | undefined
  /** YYYY-MM-DD; default: everything there is. */
  from?: string | undefined
  to?: string | undefined
  /** The truth as of an earlier instant; default now. */
  at?: string | undefined
}

/** The truth about a person at these institutions. */
export function truthAbout(world: World, query: LedgerQuery, institutions: readonly Institution[]): Truth {
  const at = query.at === undefined ? world.clock.now() : instantOf(query.at)
  const from = query.from === undefined ? 0 : dayFrom(query.from)
  const through = query.to === undefined ? dayOf(world.clock.now()) : dayFrom(query.to)
  if (at === undefined || from === undefined || through === undefined)
    throw new ControlError('from and to: YYYY-MM-DD; at: ISO 8601 with a zone, or milliseconds')
  const of = (industry: Industry) => institutions.filter((each) => each.industry === industry)
  const window = { from, through, at }
  const companies = of('card').map((each) => cardTruthOf(world, query.person, each, window))
  return {
    person: query.person,
    at: new Date(at).toISOString(),
    accounts: of('bank').flatMap((each) => truthOf(world, query.person, each, window)),
    cards: companies.flatMap(({ cards }) => cards),
    cardCompanies: companies.map(({ company }) => company),
  }
}
