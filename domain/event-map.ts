import type { ApiType } from './reading.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Which consented institutions an event is about; of what remains, nothing is read: it is cut and shown as it is stored. */
export type Scope = 'all' | 'industries-with-spending' | 'one-institution' | 'what-remains'

export type EventRule = {
  page: string
  action: string
  /** Data not older than this need not be read again. */
  freshEnoughMs: number
  /** How long the refresh waits for laggards before it publishes what it has. */
  patienceMs: number
  scope: Scope
  /** 1 is first. */
  priority: number
  readsAs: ApiType
  /** A button means "now": it also tries again what has failed. */
  isButton: boolean
  /** Who may raise it: clients post pages; the rest come from their own routes, an operator's order, or a recovery. */
  raisedBy: 'client' | 'consent' | 'operator' | 'recovery'
}

// A user looks: 20 s. The law calls more than five minutes a delay; nobody who looks waits that long.
const WHILE_LOOKING = 20_000

/**
 * What may happen, and what it costs. API, documents and engine read this table; complexity of policy lives here only.
 * A new event is one row.
 */
export const EVENTS = {
  'member.logged_in': row('member', 'login', HOUR, 'all', 2),
  'spending.home_viewed': row('spending', 'home', 30 * MINUTE, 'industries-with-spending', 2),
  'spending.detail_viewed': row('spending', 'detail', 10 * MINUTE, 'one-institution', 2),
  'spending.refresh_requested': button('spending', 'refresh', 'industries-with-spending'),
  'assets.home_viewed': row('assets', 'home', 30 * MINUTE, 'all', 2),
  'assets.detail_viewed': row('assets', 'detail', 10 * MINUTE, 'one-institution', 2),
  'assets.refresh_requested': button('assets', 'refresh', 'all'),
  'consent.granted': {
    ...button('consent', 'grant', 'one-institution'),
    readsAs: 'user-consent',
    raisedBy: 'consent',
  },
  'consent.narrowed': {
    ...button('consent', 'narrow', 'one-institution'),
    readsAs: 'user-consent',
    raisedBy: 'consent',
  },
  // What its user had asked for and never got, so it is theirs still; the limit of their button is not.
  'reading.replayed': {
    ...row('reading', 'replay', 0, 'one-institution', 2),
    raisedBy: 'operator',
  },
  'consent.revoked': { ...button('consent', 'revoke', 'what-remains'), raisedBy: 'consent' },
  // Nobody looks: it reads on schedule, after those who do, and waits as long as the law calls no delay.
  'institution.recovered': {
    ...row('institution', 'recovered', HOUR, 'one-institution', 3),
    patienceMs: 5 * MINUTE,
    readsAs: 'scheduled',
    raisedBy: 'recovery',
  },
} as const satisfies Record<string, EventRule>

export type EventType = keyof typeof EVENTS

export const isEventType = (type: string): type is EventType => Object.hasOwn(EVENTS, type)

/** What clients may post; the rest is raised by their own routes. */
export const CLIENT_EVENTS: readonly EventType[] = Object.keys(EVENTS)
  .filter(isEventType)
  .filter((type) => EVENTS[type].raisedBy === 'client')

/** Industries whose rows are spending (a bank account pays, a card buys). */
export const INDUSTRIES_WITH_SPENDING: readonly string[] = ['bank', 'card', 'efin', 'telecom']

/** A user's cycle: data of institutions that an event is not about may be this old. The user may choose later. */
export const DEFAULT_CYCLE_MS = 7 * 24 * HOUR

/** How often an hour a user's button may try again what has failed, besides its own next tries. */
export const TRIES_AGAIN_AN_HOUR = 6

/** A refresh that waits longer ends incomplete. */
export const DEADLINE_MS = 24 * HOUR

function row(page: string, action: string, freshEnoughMs: number, scope: Scope, priority: number): EventRule {
  return {
    page,
    action,
    freshEnoughMs,
    patienceMs: WHILE_LOOKING,
    scope,
    priority,
    readsAs: 'user-refresh',
    isButton: false,
    raisedBy: 'client',
  }
}

function button(page: string, action: string, scope: Scope): EventRule {
  return { ...row(page, action, 0, scope, 1), isButton: true }
}
