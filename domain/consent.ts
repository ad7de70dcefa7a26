import type { FailureName } from './failures.ts'
import type { ApiType } from './reading.ts'

/** What a person may share, in the standard's words. The first word of an industry is its list: nothing goes without it. */
export const SCOPE_WORDS = {
  bank: ['bank.list', 'bank.deposit', 'bank.loan'],
  card: ['card.list', 'card.card', 'card.point', 'card.bill', 'card.loan'],
} as const

export type ScopeWord = (typeof SCOPE_WORDS)[keyof typeof SCOPE_WORDS][number]

const WORDS: readonly ScopeWord[] = Object.values(SCOPE_WORDS).flat()

/** Which word each API needs that we call. What is not named here is covered by no consent. */
export const WORD_OF_API = {
  'bank-001': 'bank.list',
  'bank-002': 'bank.deposit',
  'bank-003': 'bank.deposit',
  'bank-004': 'bank.deposit',
  'bank-008': 'bank.loan',
  'bank-009': 'bank.loan',
  'bank-010': 'bank.loan',
  'card-001': 'card.list',
  'card-002': 'card.card',
  'card-003': 'card.point',
  'card-004': 'card.bill',
  'card-005': 'card.bill',
  'card-006': 'card.bill',
  'card-007': 'card.bill',
  'card-008': 'card.card',
  'card-009': 'card.card',
  'card-010': 'card.loan',
  'card-011': 'card.loan',
  'card-012': 'card.loan',
  'card-013': 'card.loan',
} as const satisfies Record<string, ScopeWord>

/** Codes and tokens belong to the consent itself, whatever it covers. */
const TOKEN_API = /^token-\d{3}$/

/** What a consent is for. Why a call is made must be among what its purpose is read as. */
export const PURPOSES = {
  'view-and-analyse': {
    says: 'To show you all that you have in one place, and to analyse it for you.',
    readAs: ['scheduled', 'user-consent', 'user-refresh', 'user-search'],
  },
  'view-on-request': {
    says: 'To show you what you have whenever you ask for it, and never without you.',
    readAs: ['user-consent', 'user-refresh', 'user-search'],
  },
} as const satisfies Record<string, { says: string; readAs: readonly ApiType[] }>

export type Purpose = keyof typeof PURPOSES

export const isPurpose = (text: string): text is Purpose => Object.hasOwn(PURPOSES, text)

export const PURPOSE_NAMES: readonly Purpose[] = Object.keys(PURPOSES).filter(isPurpose)

export type Industry = keyof typeof SCOPE_WORDS

export const isIndustry = (text: string): text is Industry => Object.hasOwn(SCOPE_WORDS, text)

/** Everything an industry has. Null: there are no words for it, and so nothing that could be asked for. */
export const fullScope = (industry: string): string | null =>
  isIndustry(industry) ? SCOPE_WORDS[industry].join(' ') : null

/**
 * A scope as a client writes it, with each word once and in one order. Null: it holds a word that is none of its
 * industry's, or leaves out the list.
 */
export function parseScope(text: string, industry: string): string | null {
  if (!isIndustry(industry)) return null
  const known: readonly string[] = SCOPE_WORDS[industry]
  const words = text.split(' ').filter((word) => word !== '')
  if (!words.includes(known[0]!) || words.some((word) => !known.includes(word))) return null
  return known.filter((word) => words.includes(word)).join(' ')
}

/** What a stored scope covers; whatever else was written there covers nothing. */
const wordsOf = (scope: string): ScopeWord[] => {
  const written = scope.split(' ')
  return WORDS.filter((word) => written.includes(word))
}

/** Whether one scope asks for nothing that the other does not cover. */
export function isWithin(scope: string, other: string): boolean {
  const covered = wordsOf(other)
  return wordsOf(scope).every((word) => covered.includes(word))
}

/** Whether a scope covers an API, by the contract's name of it. */
export const covers = (scope: string, api: string): boolean =>
  TOKEN_API.test(api) || (isKnownApi(api) && wordsOf(scope).includes(WORD_OF_API[api]))

const isKnownApi = (api: string): api is keyof typeof WORD_OF_API => Object.hasOwn(WORD_OF_API, api)

/** What a consent allows, as it was given. */
export type Leave = { scope: string; purpose: string; isRegular: boolean; endsAt: Date }

/** Why a call may not be made, as the failure that the reading then ends in. Null: it may. */
export function mayCall(
  { scope, purpose, isRegular, endsAt }: Leave,
  { api, apiType, now }: { api: string; apiType: ApiType; now: Date },
): Extract<FailureName, 'ConsentEnded' | 'OutsideConsent'> | null {
  if (now >= endsAt) return 'ConsentEnded'
  if (!covers(scope, api)) return 'OutsideConsent'
  if (apiType === 'scheduled' && !isRegular) return 'OutsideConsent'
  return isPurpose(purpose) && serves(purpose, apiType) ? null : 'OutsideConsent'
}

const serves = (purpose: Purpose, apiType: ApiType): boolean =>
  PURPOSES[purpose].readAs.some((readAs) => readAs === apiType)
