import type { Institution } from '../institutions.ts'
import { type Day, startOf } from '../kst.ts'
import { seedOf } from '../random.ts'
import { accountNumber } from './accounts.ts'
import { anyoneAt } from './anyone.ts'
import { createCardHistories } from './cards/card-holding.ts'
import { moneyAt } from './cards/money-at-bank.ts'
import { cardProfileOf } from './cards/profile-of.ts'
import type { Change, ChangeSource } from './changes.ts'
import { type Addition, type Ledger, writeHistory } from './history.ts'
import { createKept } from './kept.ts'
import { minjiAt, minjiCardsAt } from './minji.ts'
import type { Profile } from './profile.ts'

/** A person at a bank: the accounts in the list's order, and when they were closed. */
export type Holding = {
  registeredOn: Day
  ledgers: readonly Ledger[]
  closedAt: ReadonlyMap<string, number>
}
export type Histories = ReturnType<typeof createHistories>['histories']

type Sources = {
  seed: string
  /** First day of every history. */
  anchor: Day
  institutions: readonly Institution[]
  changesOf: ChangeSource
}

/** About 160 bytes a row: 600,000 rows are some 100 MB. */
const MAX_ROWS = 600_000

/** Writes people's histories when they are first asked for, and keeps the ones asked for last. */
export function createHistories({ seed, anchor, institutions, changesOf }: Sources) {
  const companies = institutions.filter(({ industry }) => industry === 'card')
  const count = institutions.length - companies.length
  const cardHistories = createCardHistories({
    seed,
    anchor,
    changesOf,
    profileOf: (person, institution) => cardProfileOf({ seed, person, institution, anchor }),
  })
  /** Card companies whose bills and check cards are paid at the sandbox's banks. */
  const companiesOf = (person: string) => (person === 'minji' ? companies.slice(0, minjiCardsAt.length) : [])
  const keep = createKept<Holding>(MAX_ROWS, ({ ledgers }) =>
    ledgers.reduce((sum, ledger) => sum + ledger.rows.length + ledger.loanRows.length, 0),
  )
  const holding = (person: string, institution: Institution, now: number): Holding => {
    const key = `${person}|${institution.institutionId}`
    const mine = changesOf(key)
    const paying = companiesOf(person)
    const version = paying.reduce(
      (sum, { institutionId }) => sum + changesOf(`${person}|${institutionId}`).length,
      mine.length,
    )
    return keep({ key, now, version }, (through) => {
      const cards = companies.length
      const profile = profileOf({ seed, person, institution, anchor, count, cards })
      const moved = paying.flatMap((company) => {
        const used = cardHistories.holding(person, company, startOf(through + 1))
        return moneyAt(used, company, institution.index, startOf(anchor))
      })
      return write(profile, { from: anchor, through }, institution, seedOf(seed, key), mine, moved)
    })
  }
  return { histories: { holding }, cardHistories }
}

type Who = {
  seed: string
  person: string
  institution: Institution
  anchor: Day
  count: number
  cards: number
}

function profileOf({ seed, person, institution, anchor, count, cards }: Who): Profile {
  const { institutionId, index } = institution
  const numberOf = (key: string) => accountNumber(seed, person, institutionId, key)
  const demo = person === 'minji' ? minjiAt[index] : undefined
  if (demo) return demo({ numberOf, anchor, cards })
  return anyoneAt({ seed, person, index, count, institutionId }, { numberOf, anchor, cards })
}

function write(
  profile: Profile,
  span: { from: Day; through: Day },
  institution: Institution,
  seed: number,
  changes: readonly Change[],
  moved: readonly Addition[],
): Holding {
  const accounts = [...profile.accounts]
  const additions: Addition[] = [...moved]
  const closedAt = new Map<string, number>()
  for (const change of changes) {
    if (change.what === 'account') accounts.push(change.account)
    if (change.what === 'closed') closedAt.set(change.accountKey, change.at)
    if (change.what === 'transaction')
      for (let added = 0; added < change.count; added += 1) additions.push(change.addition)
  }
  const lived = { ...profile, accounts }
  additions.sort((one, other) => one.at - other.at)
  const ledgers = writeHistory(lived, span, seed, additions, institution.trait.renumbersDaily)
  return { registeredOn: profile.registeredOn, ledgers: [...ledgers.values()], closedAt }
}
