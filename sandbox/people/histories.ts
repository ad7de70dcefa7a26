import type { Institution } from '../institutions.ts'
import { type Day, dayOf } from '../kst.ts'
import { digitsOf, seedOf } from '../random.ts'
import { anyoneAt } from './anyone.ts'
import { type Addition, type Ledger, writeHistory } from './history.ts'
import { minjiAt } from './minji.ts'
import type { Account, Profile } from './profile.ts'

/** What control did to a person at a bank; everything else follows from the seed. */
export type Change =
  | { what: 'account'; account: Account; at: number }
  | { what: 'transaction'; addition: Addition; count: number }
  | { what: 'closed'; accountKey: string; at: number }

/** A person at a bank: the accounts in the list's order, and when they were closed. */
export type Holding = {
  registeredOn: Day
  ledgers: readonly Ledger[]
  closedAt: ReadonlyMap<string, number>
}
export type Histories = ReturnType<typeof createHistories>

/** About 160 bytes a row: 600,000 rows are some 100 MB. */
const MAX_ROWS = 600_000
/** Written ahead, so that a running clock does not rewrite every day. */
const DAYS_AHEAD = 40

/** Writes people's histories when they are first asked for, and keeps the ones asked for last. */
export function createHistories(seed: string, anchor: Day, institutionCount: number, changes: ChangeSource) {
  const kept = new Map<string, { holding: Holding; through: Day; size: number; version: number }>()
  let rows = 0
  const forget = (key: string) => {
    rows -= kept.get(key)?.size ?? 0
    kept.delete(key)
  }
  const holding = (person: string, institution: Institution, now: number): Holding => {
    const key = `${person}|${institution.institutionId}`
    const mine = changes(key)
    const known = kept.get(key)
    if (known && known.through > dayOf(now) && known.version === mine.length) {
      kept.delete(key)
      kept.set(key, known)
      return known.holding
    }
    forget(key)
    const through = dayOf(now) + DAYS_AHEAD
    const profile = profileOf({ seed, person, institution, anchor, count: institutionCount })
    const written = write(profile, { from: anchor, through }, institution, seedOf(seed, key), mine)
    const size = written.ledgers.reduce((sum, ledger) => sum + ledger.rows.length + ledger.loanRows.length, 0)
    kept.set(key, { holding: written, through, size, version: mine.length })
    rows += size
    for (const oldest of kept.keys()) {
      if (rows <= MAX_ROWS || oldest === key) break
      forget(oldest)
    }
    return written
  }
  return { holding }
}

/** The changes of one person at one bank (`person|institutionId`), oldest first; only ever grows. */
export type ChangeSource = (key: string) => readonly Change[]

type Who = { seed: string; person: string; institution: Institution; anchor: Day; count: number }

function profileOf({ seed, person, institution, anchor, count }: Who): Profile {
  const { institutionId, index } = institution
  // 999 and eleven digits: no real bank's numbers begin so.
  const numberOf = (key: string) => `999${digitsOf(11, seed, 'account', person, institutionId, key)}`
  const demo = person === 'minji' ? minjiAt[index] : undefined
  if (demo) return demo({ numberOf, anchor })
  return anyoneAt({ seed, person, index, count, institutionId }, { numberOf, anchor })
}

function write(
  profile: Profile,
  span: { from: Day; through: Day },
  institution: Institution,
  seed: number,
  changes: readonly Change[],
): Holding {
  const accounts = [...profile.accounts]
  const additions: Addition[] = []
  const closedAt = new Map<string, number>()
  for (const change of changes) {
    if (change.what === 'account') accounts.push(change.account)
    else if (change.what === 'closed') closedAt.set(change.accountKey, change.at)
    else for (let added = 0; added < change.count; added += 1) additions.push(change.addition)
  }
  const lived = { ...profile, accounts }
  const ledgers = writeHistory(lived, span, seed, additions, institution.trait.renumbersDaily)
  return { registeredOn: profile.registeredOn, ledgers: [...ledgers.values()], closedAt }
}
