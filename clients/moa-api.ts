// Made from docs/openapi.json by `npm run api:types`: what the API's answers and requests look like to a client in
// TypeScript. Types only; nothing here runs.

export type Account = {
  /** Names the account in other answers; no account number. */
  accountKey: string
  institutionId: string
  name: string
  /** Its last four characters can be read. */
  numberMasked: string
  /** deposit, loan, investment, credit_card, check_card. */
  kind: string
  status: string
  /** Whether the consent covers it; if not, only this is known. */
  isShared: boolean
  /** Empty where the institution did not say; a debt is what is owed, positive. */
  balances: {
    /** ISO 4217. */
    currency: string
    /** An exact decimal as text, with the decimals it has. */
    amount: string
    side: 'asset' | 'debt'
    available: string | null
  }[]
}

/** Every account of a snapshot with what it holds or owes, by kind. */
export type Accounts = {
  /** Counts up from 1, per person. */
  snapshotNo: number
  status: 'complete' | 'partial'
  publishedAt: string
  /** The refresh that published it. */
  refreshNo: number
  /** How far apart its parts were read. */
  skewMs: number | null
  coverage: Coverage[]
  kinds: AccountsOfKind[]
}

export type AccountsOfKind = {
  kind: string
  accounts: Account[]
  totals: {
    /** ISO 4217. */
    currency: string
    /** An exact decimal as text, with the decimals it has. */
    assets: string
    /** An exact decimal as text, with the decimals it has. */
    debts: string
  }[]
  /** Open accounts whose balance nobody said: in no total. */
  withoutBalance: number
}

export type Alive = {
  status: 'alive'
}

/** What one analyser made of a snapshot. */
export type Analysis = {
  analyser: string
  version: number | null
  /** made; failed; being made anew without an institution whose consent has ended; removed with data that is no longer shown; the analysis did not exist yet; or made by an earlier version of it. */
  state: 'made' | 'failed' | 'recomputing' | 'removed' | 'never_made' | 'outdated'
  reason: Reason | null
  /** In the form of this version of the analyser; null while it is not there. */
  document: { [key: string]: unknown } | null
}

export type AnalysisState = {
  analyser: string
  version: number | null
  /** made; failed; being made anew without an institution whose consent has ended; removed with data that is no longer shown; the analysis did not exist yet; or made by an earlier version of it. */
  state: 'made' | 'failed' | 'recomputing' | 'removed' | 'never_made' | 'outdated'
  reason: Reason | null
}

export type AuthorizationBegun = {
  requestId: string
  /** Where the person’s browser is to be sent. */
  authorizeUrl: string
  expiresAt: string
}

/** What an authorization led to. */
export type AuthorizationFinished = {
  outcome: 'granted'
  requestId: string
  institutionIds: string[]
  refresh: {
    refreshNo: number
    url: string
  }
} | {
  outcome: 'denied' | 'failed'
  requestId: string
  institutionIds: string[]
  error: string
}

/** How a person stands with one institution: the latest consent. */
export type Consent = {
  institutionId: string
  name: string
  industry: string
  state: 'active' | 'needs_user' | 'ended'
  /** Moves with every grant, renewal, narrowing and end. A change names the one it is about. */
  generation: number
  /** What may be read, in the standard’s words with spaces between. */
  scope: string
  purpose: {
    name: string
    says: string
  }
  /** Whether it may be read on schedule, without the person. */
  isRegular: boolean
  grantedAt: string
  endsAt: string
  endedAt: string | null
  /** Why it is over; null while it stands. */
  endedBecause: {
    name: 'renewed' | 'narrowed' | 'revoked' | 'expired' | 'withdrawn'
    says: string
  } | null
  /** When it was found to end in 30, 7 and 1 days: what the person is to be told. */
  notices: {
    days: number
    noticedAt: string
  }[]
  /** How old its data may grow; null: as old as the user’s other institutions. */
  cycleDays: number | null
  /** Begun days count; 0 once it is over. */
  expiresInDays: number
  /** From when on the same scope may be agreed to again. */
  renewableFrom: string
  isRenewable: boolean
  /** What only the user can mend, and how; null if nothing. */
  needsUserBecause: Reason | null
}

/** What came back with the person. */
export type ConsentCallback = {
  state: string
  /** As it came back, if it did (RFC 9207). */
  iss?: string
  code: string
} | {
  state: string
  /** As it came back, if it did (RFC 9207). */
  iss?: string
  error: string
}

/** What its user wants of a consent that stands. */
export type ConsentChange = {
  /** Of the consent as it was read: a change of another is refused. */
  generation: number
  /** Less than what stands. More takes a new authorization. */
  scope?: string
  /** Null: as the other institutions. */
  cycleDays?: number | null
}

export type ConsentChanged = {
  consent: Consent
  /** What a narrower scope led to: it is read anew. Null: nothing is read. */
  read: EventOutcome | null
}

/** One consent as it was agreed, and how it ended. */
export type ConsentTerms = {
  /** Moves with every grant, renewal, narrowing and end. A change names the one it is about. */
  generation: number
  /** What may be read, in the standard’s words with spaces between. */
  scope: string
  purpose: {
    name: string
    says: string
  }
  /** Whether it may be read on schedule, without the person. */
  isRegular: boolean
  grantedAt: string
  endsAt: string
  endedAt: string | null
  /** Why it is over; null while it stands. */
  endedBecause: {
    name: 'renewed' | 'narrowed' | 'revoked' | 'expired' | 'withdrawn'
    says: string
  } | null
  /** When it was found to end in 30, 7 and 1 days: what the person is to be told. */
  notices: {
    days: number
    noticedAt: string
  }[]
}

/** What a person is to be asked to agree to. */
export type ConsentWish = {
  /** Without a scope, all that the institution has. */
  institutions: {
    institutionId: string
    scope?: string
  }[]
  purpose?: 'view-and-analyse' | 'view-on-request'
  /** Whether it may be read on schedule. */
  isRegular?: boolean
  /** Until when; as long as is allowed unless said otherwise. */
  endsAt?: string
  /** How many days old its data may grow: a week to a month. */
  cycleDays?: number
}

/** The same with every consent there was, newest first. */
export type ConsentWithHistory = {
  institutionId: string
  name: string
  industry: string
  state: 'active' | 'needs_user' | 'ended'
  /** Moves with every grant, renewal, narrowing and end. A change names the one it is about. */
  generation: number
  /** What may be read, in the standard’s words with spaces between. */
  scope: string
  purpose: {
    name: string
    says: string
  }
  /** Whether it may be read on schedule, without the person. */
  isRegular: boolean
  grantedAt: string
  endsAt: string
  endedAt: string | null
  /** Why it is over; null while it stands. */
  endedBecause: {
    name: 'renewed' | 'narrowed' | 'revoked' | 'expired' | 'withdrawn'
    says: string
  } | null
  /** When it was found to end in 30, 7 and 1 days: what the person is to be told. */
  notices: {
    days: number
    noticedAt: string
  }[]
  /** How old its data may grow; null: as old as the user’s other institutions. */
  cycleDays: number | null
  /** Begun days count; 0 once it is over. */
  expiresInDays: number
  /** From when on the same scope may be agreed to again. */
  renewableFrom: string
  isRenewable: boolean
  /** What only the user can mend, and how; null if nothing. */
  needsUserBecause: Reason | null
  history: ConsentTerms[]
}

/** Every institution the person ever agreed with. */
export type Consents = {
  consents: Consent[]
}

/** How one institution stands in a snapshot. */
export type Coverage = {
  institutionId: string
  name: string
  /** As new as was asked; older; or nothing of it is in this snapshot. */
  state: 'fresh' | 'carried_over' | 'absent'
  /** When its data was read; null if it is absent. */
  asOf: string | null
  /** How old its data was when the snapshot was published. */
  ageWhenPublishedMs: number | null
  /** Why it is older, absent or has gaps. */
  reason: Reason | null
  /** Whether the snapshot could be complete without it. */
  required: boolean
  /** How many of its assets could not be read. */
  gaps: number
}

/** Something that happened in the app. */
export type Event = {
  type: 'spending.detail_viewed' | 'assets.detail_viewed'
  institutionId: string
} | {
  type: 'member.logged_in' | 'spending.home_viewed' | 'spending.refresh_requested' | 'assets.home_viewed' | 'assets.refresh_requested'
}

/** What an event led to. */
export type EventOutcome = {
  eventId: number
  outcome: 'started' | 'joined'
  refresh: {
    refreshNo: number
    url: string
  }
} | {
  eventId: number
  outcome: 'fresh'
  asOf: string | null
} | {
  eventId: number
  outcome: 'deferred'
  /** From when on it may be asked again. */
  nextAllowedAt: string
  because: 'too_many_tries' | 'institution_asks_to_wait'
} | {
  eventId: number | null
  outcome: 'rejected'
  /** needs_user: every institution it is about waits for the user to give consent again. set_aside: its reading fails by our own fault, and we have been told. */
  because: 'no_consent' | 'needs_user' | 'set_aside' | 'member_left'
}

/** Transactions behind a number. */
export type Evidence = {
  /** Ids of some of them, the largest first. */
  transactions: string[]
  /** How many there are in all. */
  of: number
}

/** Something true that an analyser found. No advice. */
export type Insight = {
  /** What was found; a name that does not change. */
  kind: string
  ko: {
    title: string
    text: string
  }
  en: {
    title: string
    text: string
  }
  currency: string | null
  /** What the words say, for programs: decimals and counts by name. */
  numbers: { [key: string]: string }
  evidence: Evidence
  /** On whose rows it rests, and whether those are as new as was asked. */
  institutions: {
    institutionId: string
    state: 'fresh' | 'carried_over' | 'absent'
  }[]
  analyser: string
  version: number
}

/** What the analysers found in a snapshot. */
export type Insights = {
  /** Counts up from 1, per person. */
  snapshotNo: number
  status: 'complete' | 'partial'
  publishedAt: string
  /** The refresh that published it. */
  refreshNo: number
  /** How far apart its parts were read. */
  skewMs: number | null
  coverage: Coverage[]
  analysers: AnalysisState[]
  insights: Insight[]
}

/** Somebody who holds data, and can be connected. */
export type Institution = {
  institutionId: string
  name: string
  industry: string
  /** How the person stands with it; GET /v1/me/consents says more. Null: never connected. */
  consent: 'active' | 'needs_user' | 'ended' | null
  health: InstitutionHealth
}

/** How an institution fares now, for everybody alike. */
export type InstitutionHealth = {
  /** healthy; slow: it takes longer than four seconds, or fails, more than once in ten calls; down; paused: by an operator; unknown: too few calls were made lately to say. */
  state: 'healthy' | 'slow' | 'down' | 'paused' | 'unknown'
  /** Down: since then, or earlier where that is not known. Otherwise null. */
  since: string | null
  /** Down: when it is asked again. Null: nobody has set a time. */
  nextTryAt: string | null
  /** A sentence for a person, in Korean and in English. */
  says: {
    ko: string
    en: string
  }
}

/** Whom one can connect: the person’s own first, then by name. */
export type Institutions = {
  institutions: Institution[]
}

/** Why a request was not served. */
export type Problem = {
  type: string
  /** A name that does not change. */
  title: 'InvalidRequest' | 'Unauthenticated' | 'NotEnrolled' | 'NotAnOperator' | 'MayOnlyLook' | 'EventNotYours' | 'NotFound' | 'NothingPublished' | 'NothingPublishedThen' | 'SnapshotPurged' | 'AuthorizationUnknown' | 'MethodNotAllowed' | 'NotAcceptable' | 'OrderRefused' | 'ConsentMoved' | 'TooEarlyToRenew' | 'RequestTooSlow' | 'PayloadTooLarge' | 'AddressTooLong' | 'UnsupportedMediaType' | 'IdempotencyConflict' | 'WiderScope' | 'TooManyAuthorizations' | 'TooManyRequests' | 'HeadersTooLarge' | 'TooManyStreams' | 'StreamsFull' | 'IssuerUnavailable' | 'InstitutionUnavailable' | 'InstitutionTooSlow' | 'InstitutionInMaintenance' | 'RateLimited' | 'NoTurn' | 'InstitutionPaused' | 'UnexpectedResponse' | 'CredentialsRejected' | 'ConsentEnded' | 'OutsideConsent' | 'RequestRejected' | 'AddressRefused' | 'InstitutionNotTrusted' | 'ClientCertificateUnusable' | 'AssetGone' | 'Superseded' | 'SnapshotIncomplete' | 'StorageUnavailable' | 'Unexpected'
  status: number
  /** A sentence for a person. Names no data. */
  detail: string
  /** To find this request in the logs by. */
  requestId: string
  /** Places in the request, and what was expected there. */
  errors?: {
    path: string
    message: string
  }[]
}

export type Readiness = {
  /** degraded: the engine is away; events are accepted and reads answered all the same. */
  status: 'ready' | 'degraded' | 'unavailable'
  checks: {
    database: 'ok' | 'away'
    engine: 'ok' | 'away'
  }
}

/** How the reading of one institution stands. */
export type Reading = {
  institutionId: string
  name: string
  state: 'pending' | 'collecting' | 'collected' | 'failed' | 'withdrawn' | 'excused'
  /** Whether the reading brought anything new; null while there is none. */
  outcome: 'changed' | 'unchanged' | null
  failure: Reason | null
  /** When it is read again, if that is known. */
  nextTryAt: string | null
  /** What it waits for, if it waits: its next try, or somebody who must act. */
  waits: 'next_try' | 'user' | 'operator' | 'developer' | null
  /** Rows that the last attempt wrote: new, changed or gone; null while it goes on. */
  rows: number | null
  attempts: number
  /** Of the last attempt; null while it goes on. */
  durationMs: number | null
}

/** Why something is missing or old, and who must act. */
export type Reason = {
  name: string
  /** A sentence for the person whose data it is. */
  says: string
  /** The same in Korean, as a person is spoken to. */
  saysKo: string
  /** Who can mend it. */
  acts: 'nobody' | 'user' | 'operator' | 'developer'
  /** What the user must do before it is mended; null if nothing. */
  userMust: 'consent_again' | null
}

/** The public keys that verify receipts. */
export type ReceiptKeys = {
  keys: {
    kty: 'OKP'
    crv: 'Ed25519'
    x: string
    kid: string
    alg: 'EdDSA'
    use: 'sig'
  }[]
}

/** One order to make a person’s data fresh, and how it stands. */
export type Refresh = {
  refreshNo: number
  state: 'requested' | 'running' | 'parked' | 'succeeded' | 'incomplete' | 'failed' | 'cancelled' | 'lost'
  openedAt: string
  begunAt: string | null
  closedAt: string | null
  /** While it is parked: when it goes on by itself, at its deadline at the latest. */
  wakeAt: string | null
  /** Empty while it is open, and if it succeeded. */
  closedBecause: Reason[]
  institutions: Reading[]
  /** What it published last, if anything. */
  snapshot: {
    snapshotNo: number
    status: 'complete' | 'partial'
  } | null
}

/** The event before was the last of this refresh. */
export type RefreshClosed = {
  refreshNo: number
  state: 'requested' | 'running' | 'parked' | 'succeeded' | 'incomplete' | 'failed' | 'cancelled' | 'lost'
}

/** How the newest refresh stands, in counts. */
export type RefreshHead = {
  refreshNo: number
  state: 'requested' | 'running' | 'parked' | 'succeeded' | 'incomplete' | 'failed' | 'cancelled' | 'lost'
  openedAt: string
  closedAt: string | null
  /** Empty while it is open, and if it succeeded. */
  closedBecause: Reason[]
  institutions: {
    total: number
    unsettled: number
    collected: number
    failed: number
  }
}

/** The end of a consent, and what has been done about it. */
export type Revocation = {
  /** Counts up from 1, per person. */
  revocationNo: number
  institutionId: string
  /** Of the institution. */
  name: string
  /** From the first on nothing is read or shown any more; done: the receipt is written. */
  state: 'requested' | 'running' | 'done'
  /** By the person here, by the end of its time, or by the person at the institution. */
  because: 'revoked' | 'expired' | 'withdrawn'
  reason: 'no_longer_used' | 'privacy' | 'other' | null
  /** Since when nothing is read or shown any more. */
  requestedAt: string
  institution: {
    /** unconfirmed: it did not answer within the time limit; null: it is still being asked. */
    answer: 'confirmed' | 'nothing_to_revoke' | 'unconfirmed' | null
    answeredAt: string | null
    tries: number
  }
  deletion: {
    asked: boolean
    /** How many rows are deleted so far, by table. */
    rows: { [key: string]: number }
    deletedAt: string | null
  }
  remainder: {
    /** The snapshot that shows what remains. */
    snapshotNo: number | null
  }
  /** Signed (JWS, EdDSA); verify it with the keys at /.well-known/receipt-keys.json. Null until done. */
  receipt: string | null
  receiptAt: string | null
  url: string
}

/** What is to become of what was read. */
export type RevocationWish = {
  /** Withdrawing is not deleting. Either way nothing of the institution is read or shown from now on; with true what was read of it is deleted for good. */
  deletion: boolean
  reason?: 'no_longer_used' | 'privacy' | 'other' | null
}

/** The ends of one’s consents, newest first. */
export type Revocations = {
  revocations: Revocation[]
}

/** What was published: how whole it is, every account, every analysis. */
export type Snapshot = {
  /** Counts up from 1, per person. */
  snapshotNo: number
  status: 'complete' | 'partial'
  publishedAt: string
  /** The refresh that published it. */
  refreshNo: number
  /** How far apart its parts were read. */
  skewMs: number | null
  coverage: Coverage[]
  accounts: Account[]
  /** By analyser; either the document or the reason why there is none. */
  analyses: { [key: string]: Analysis }
}

/** Something was published. */
export type SnapshotPublished = {
  /** Counts up from 1, per person. */
  snapshotNo: number
  status: 'complete' | 'partial'
  publishedAt: string
  /** The refresh that published it. */
  refreshNo: number
  views: {
    latest: number | null
    complete: number | null
  }
  coverage: {
    fresh: number
    carriedOver: number
    absent: number
  }
}

/** What was spent, by month, currency and category; never advice. */
export type Spending = {
  /** Counts up from 1, per person. */
  snapshotNo: number
  status: 'complete' | 'partial'
  publishedAt: string
  /** The refresh that published it. */
  refreshNo: number
  /** How far apart its parts were read. */
  skewMs: number | null
  coverage: Coverage[]
  analysis: AnalysisState
  /** Newest first, at most thirteen; null while the analysis is not there. */
  months: SpendingMonth[] | null
  /** Institutions nothing is known of, so that more may have been spent. */
  missing: string[] | null
  lineage: {
    transactions: number
    used: number
    leftOut: { [key: string]: number }
  } | null
}

/** What was spent in one month in Korea and one currency. */
export type SpendingMonth = {
  month: string
  /** ISO 4217. */
  currency: string
  /** Up to which day it was counted, if it has not ended. */
  through: string | null
  /** An exact decimal as text, with the decimals it has. */
  out: string
  /** What came back of it. */
  refunded: string
  /** Out less refunded. */
  spent: string
  transactions: number
  /** The month before, up to the same day if this one has not ended; null where it is not known whole. */
  before: {
    month: string
    through: string | null
    /** An exact decimal as text, with the decimals it has. */
    spent: string
  } | null
  categories: {
    category: string
    /** An exact decimal as text, with the decimals it has. */
    out: string
    /** What came back of it. */
    refunded: string
    /** Out less refunded. */
    spent: string
    transactions: number
    before: string | null
    evidence: Evidence
    name: {
      ko: string
      en: string
    } | null
  }[]
  /** Money out of bank accounts that nobody could name: some of it may be spending, so it is in no sum. */
  unclear: {
    /** An exact decimal as text, with the decimals it has. */
    out: string
    transactions: number
    evidence: Evidence
  }
  counterparties: {
    /** An exact decimal as text, with the decimals it has. */
    out: string
    /** What came back of it. */
    refunded: string
    /** Out less refunded. */
    spent: string
    transactions: number
    evidence: Evidence
    name: string | null
  }[]
  /** Spending whose counterparty was not said. */
  nameless: {
    /** An exact decimal as text, with the decimals it has. */
    spent: string
    transactions: number
  }
}

export type Transaction = {
  id: string
  institutionId: string
  accountKey: string
  /** The day in Korea. */
  occurredOn: string
  /** Null if the institution named only the day. */
  occurredAt: string | null
  /** Seen from the account; null if the institution did not say. */
  direction: 'in' | 'out' | null
  /** An exact decimal as text, with the decimals it has. */
  amount: string
  /** ISO 4217. */
  currency: string
  balanceAfter: string | null
  description: string | null
  /** What the institution calls this kind. */
  typeText: string | null
  /** A leaf of the taxonomy, or unknown. */
  category: string
  /** How sure the category is. */
  confidence: number
}

/** One page of the transactions of one snapshot, newest first. */
export type Transactions = {
  /** Counts up from 1, per person. */
  snapshotNo: number
  status: 'complete' | 'partial'
  publishedAt: string
  /** The refresh that published it. */
  refreshNo: number
  /** How far apart its parts were read. */
  skewMs: number | null
  coverage: Coverage[]
  transactions: Transaction[]
  /** Where the next page begins; null on the last. */
  nextCursor: string | null
}

/** Every operation by its name. */
export type Operations = {
  /** Say that something happened */
  raiseEvent: {
    method: 'POST'
    path: '/v1/events'
    query: Record<string, never>
    body: Event
    answers: {
      202: EventOutcome
    }
  }
  /** How a refresh stands */
  readRefresh: {
    method: 'GET'
    path: '/v1/me/refreshes/{refreshNo}'
    query: Record<string, never>
    answers: {
      200: Refresh
    }
  }
  /** The whole snapshot */
  readSnapshot: {
    method: 'GET'
    path: '/v1/me/snapshot'
    query: {
      /** latest: the newest published, with what it lacks. complete: the newest that lacks nothing. */
      view?: 'latest' | 'complete'
      /** An instant that has passed: the snapshot of that view which was the newest then. */
      as_of?: string
    }
    answers: {
      200: Snapshot
    }
  }
  /** Accounts and balances, by kind */
  readAccounts: {
    method: 'GET'
    path: '/v1/me/accounts'
    query: {
      /** latest: the newest published, with what it lacks. complete: the newest that lacks nothing. */
      view?: 'latest' | 'complete'
      /** An instant that has passed: the snapshot of that view which was the newest then. */
      as_of?: string
      /** Only accounts at this institution. */
      institution?: string
      /** Only accounts of this kind: deposit, loan, … */
      kind?: string
    }
    answers: {
      200: Accounts
    }
  }
  /** Transactions, page by page */
  readTransactions: {
    method: 'GET'
    path: '/v1/me/transactions'
    query: {
      /** latest: the newest published, with what it lacks. complete: the newest that lacks nothing. */
      view?: 'latest' | 'complete'
      /** An instant that has passed: the snapshot of that view which was the newest then. */
      as_of?: string
      /** Only at this institution. */
      institution?: string
      /** Only of the account with this accountKey. */
      account?: string
      /** The first day in Korea, inclusive. */
      from?: string
      /** The last day in Korea, inclusive. */
      to?: string
      /** A leaf (income.salary), or a group (income) for all of its leaves. */
      category?: string
      /** Anywhere in the description, whatever the case. Nothing in it is a wildcard. */
      text?: string
      /** Seen from the account. */
      direction?: 'in' | 'out'
      /** ISO 4217. */
      currency?: string
      /** At least this much, in whatever currency. */
      min_amount?: string
      /** At most this much, in whatever currency. */
      max_amount?: string
      /** How many at most. */
      limit?: number
      /** nextCursor of the page before. It stays with the snapshot of the first page; repeat the filters with it. */
      cursor?: string
    }
    answers: {
      200: Transactions
    }
  }
  /** Spending by month and category */
  readSpending: {
    method: 'GET'
    path: '/v1/me/spending'
    query: {
      /** latest: the newest published, with what it lacks. complete: the newest that lacks nothing. */
      view?: 'latest' | 'complete'
      /** An instant that has passed: the snapshot of that view which was the newest then. */
      as_of?: string
      /** Only this month in Korea: YYYY-MM. */
      month?: string
    }
    answers: {
      200: Spending
    }
  }
  /** What the analysers found */
  readInsights: {
    method: 'GET'
    path: '/v1/me/insights'
    query: {
      /** latest: the newest published, with what it lacks. complete: the newest that lacks nothing. */
      view?: 'latest' | 'complete'
      /** An instant that has passed: the snapshot of that view which was the newest then. */
      as_of?: string
    }
    answers: {
      200: Insights
    }
  }
  /** Whom one can connect, and how they fare */
  readInstitutions: {
    method: 'GET'
    path: '/v1/institutions'
    query: {
      /** Anywhere in the name, whatever the case and the spaces. Nothing in it is a wildcard. */
      text?: string
      /** Only of this industry. */
      industry?: string
    }
    answers: {
      200: Institutions
    }
  }
  /** Ask for a consent, a renewal, or more than there is */
  beginAuthorization: {
    method: 'POST'
    path: '/v1/me/consents'
    query: Record<string, never>
    body: ConsentWish
    answers: {
      201: AuthorizationBegun
    }
  }
  /** What may be read, where, and until when */
  readConsents: {
    method: 'GET'
    path: '/v1/me/consents'
    query: Record<string, never>
    answers: {
      200: Consents
    }
  }
  /** Bring what the institution answered */
  finishAuthorization: {
    method: 'POST'
    path: '/v1/me/consents/callback'
    query: Record<string, never>
    body: ConsentCallback
    answers: {
      200: AuthorizationFinished
    }
  }
  /** One consent and its history */
  readConsent: {
    method: 'GET'
    path: '/v1/me/consents/{institutionId}'
    query: Record<string, never>
    answers: {
      200: ConsentWithHistory
    }
  }
  /** Share less, or have it read more or less often */
  changeConsent: {
    method: 'PATCH'
    path: '/v1/me/consents/{institutionId}'
    query: Record<string, never>
    body: ConsentChange
    answers: {
      200: ConsentChanged
    }
  }
  /** End a consent */
  revokeConsent: {
    method: 'POST'
    path: '/v1/me/consents/{institutionId}/revocation'
    query: Record<string, never>
    body: RevocationWish
    answers: {
      202: Revocation
    }
  }
  /** The ends of one’s consents */
  readRevocations: {
    method: 'GET'
    path: '/v1/me/revocations'
    query: Record<string, never>
    answers: {
      200: Revocations
    }
  }
  /** How far a revocation has come */
  readRevocation: {
    method: 'GET'
    path: '/v1/me/revocations/{revocationNo}'
    query: Record<string, never>
    answers: {
      200: Revocation
    }
  }
  /** The keys that verify receipts */
  readReceiptKeys: {
    method: 'GET'
    path: '/.well-known/receipt-keys.json'
    query: Record<string, never>
    answers: {
      200: ReceiptKeys
    }
  }
  /** A refresh as it goes on, live */
  streamRefresh: {
    method: 'GET'
    path: '/v1/me/refreshes/{refreshNo}/stream'
    query: Record<string, never>
    answers: {
      200: string
      204: undefined
    }
  }
  /** Every snapshot as it is published, live */
  streamMember: {
    method: 'GET'
    path: '/v1/me/stream'
    query: Record<string, never>
    answers: {
      200: string
    }
  }
  /** Whether the process lives */
  readHealth: {
    method: 'GET'
    path: '/healthz'
    query: Record<string, never>
    answers: {
      200: Alive
    }
  }
  /** Whether it can do its work */
  readReadiness: {
    method: 'GET'
    path: '/readyz'
    query: Record<string, never>
    answers: {
      200: Readiness
    }
  }
  /** This document */
  readOpenApi: {
    method: 'GET'
    path: '/openapi.json'
    query: Record<string, never>
    answers: {
      200: { [key: string]: unknown }
    }
  }
  /** This document, for people */
  readReference: {
    method: 'GET'
    path: '/docs'
    query: Record<string, never>
    answers: {
      200: string
    }
  }
  /** How the page looks */
  readReferenceStyle: {
    method: 'GET'
    path: '/docs/style.css'
    query: Record<string, never>
    answers: {
      200: string
    }
  }
}
