import type { StateChange, Use } from './cards/card.ts'
import type { Addition } from './history.ts'
import type { Account } from './profile.ts'

/** What control did to a person at an institution; everything else follows from the seed. */
export type Change =
  | { what: 'account'; account: Account; at: number }
  | { what: 'transaction'; addition: Addition; count: number }
  /** An account or a card, by its key. */
  | { what: 'closed'; accountKey: string; at: number }
  | { what: 'uses'; use: Omit<Use, 'second'>; at: number; count: number }
  | { what: 'approval'; approvalKey: string; change: StateChange }

/** The changes of one person at one institution (`person|institutionId`), oldest first; only ever grows. */
export type ChangeSource = (key: string) => readonly Change[]
