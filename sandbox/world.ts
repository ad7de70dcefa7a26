import type { Behaviours } from './behaviour.ts'
import type { CallLog } from './call-log.ts'
import type { Clock } from './clock.ts'
import type { Codes } from './codes.ts'
import type { Consents } from './consents.ts'
import type { Doors } from './doors.ts'
import type { Aliases } from './faults/aliases.ts'
import type { Carried } from './faults/paging-faults.ts'
import type { InFlight } from './in-flight.ts'
import type { Institution } from './institutions.ts'
import type { Logins } from './logins.ts'
import type { Cursors } from './paging.ts'
import type { CardHistories } from './people/cards/card-holding.ts'
import type { Change } from './people/changes.ts'
import type { Histories } from './people/histories.ts'
import type { Quota } from './quota.ts'
import type { Refusals } from './refusals.ts'
import type { Timestamps } from './timestamps.ts'
import type { TokenRules } from './token-rules.ts'
import type { Tokens } from './tokens.ts'
import type { TranIds } from './tran-ids.ts'
import type { Violations } from './violations.ts'

/** Everything the institutions share; one per sandbox. */
export type World = {
  seed: string
  institutions: ReadonlyMap<string, Institution>
  client: { id: string; secret: string; redirectUris: readonly string[] }
  /** How others reach it; known once it listens. */
  baseUrl: string
  maxPeople: number
  clock: Clock
  tokens: Tokens
  tokenRules: TokenRules
  consents: Consents
  codes: Codes
  logins: Logins
  histories: Histories
  cardHistories: CardHistories
  /** Adds a change to a person at an institution, for good. */
  change: (person: string, institutionId: string, change: Change) => void
  /** Something worth keeping happened; urgent: write before answering. */
  changed: (urgent?: boolean) => void
  violations: Violations
  calls: CallLog
  behaviours: Behaviours
  doors: Doors
  aliases: Aliases
  carried: Carried
  cursors: Cursors
  timestamps: Timestamps
  quota: Quota
  inFlight: InFlight
  refusals: Refusals
  tranIds: TranIds
  /** Closed assets that were asked for. */
  closedAssets: TranIds
}
