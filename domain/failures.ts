/** Who is at fault when a reading fails. Statistics and the breaker split by this. */
export type Fault = 'us' | 'institution' | 'user' | 'nobody'

/** When to try again: soon = by the engine, at once; later = a later round; at a time = not before a stated instant. */
export type Retry = 'soon' | 'later' | 'at-a-time' | 'when-it-closes' | 'never'

type Failure = {
  fault: Fault
  retry: Retry
  acts: 'nobody' | 'user' | 'operator' | 'developer'
  http: number
  /** What the person whose data it is reads. Names no data. */
  says: string
}

/** Every way a reading, a refresh or a request can fail. Engine, database, API, screens and documents speak these names. */
export const FAILURES = {
  InstitutionUnavailable: {
    fault: 'institution',
    retry: 'soon',
    acts: 'nobody',
    http: 503,
    says: 'The institution did not answer. Its data is shown as of the last time it did.',
  },
  InstitutionTooSlow: {
    fault: 'institution',
    retry: 'soon',
    acts: 'nobody',
    http: 504,
    says: 'The institution took too long to answer. Its data is shown as of the last time it did.',
  },
  InstitutionInMaintenance: {
    fault: 'nobody',
    retry: 'at-a-time',
    acts: 'nobody',
    http: 503,
    says: 'The institution is in maintenance or outside its hours.',
  },
  RateLimited: {
    fault: 'nobody',
    retry: 'at-a-time',
    acts: 'nobody',
    http: 429,
    says: 'The institution asks us to wait before we ask again.',
  },
  NoTurn: {
    fault: 'us',
    retry: 'later',
    acts: 'nobody',
    http: 503,
    says: 'Many are reading this institution just now. Its turn comes by itself.',
  },
  InstitutionPaused: {
    fault: 'institution',
    retry: 'when-it-closes',
    acts: 'operator',
    http: 503,
    says: 'Readings of this institution are paused for now.',
  },
  UnexpectedResponse: {
    fault: 'institution',
    retry: 'later',
    acts: 'operator',
    http: 502,
    says: 'The institution sent an answer that could not be trusted. Nothing of it was used.',
  },
  CredentialsRejected: {
    fault: 'user',
    retry: 'never',
    acts: 'user',
    http: 409,
    says: 'The institution no longer accepts your consent. Please connect it again.',
  },
  ConsentEnded: {
    fault: 'user',
    retry: 'never',
    acts: 'user',
    http: 409,
    says: 'Your consent for this institution has ended. Please connect it again if you wish.',
  },
  OutsideConsent: {
    fault: 'user',
    retry: 'never',
    acts: 'user',
    http: 409,
    says: 'Your consent does not cover what is read here. Please connect the institution again with what you wish to share.',
  },
  RequestRejected: {
    fault: 'us',
    retry: 'never',
    acts: 'developer',
    http: 502,
    says: 'The institution refused our request. We have been told.',
  },
  AddressRefused: {
    fault: 'us',
    retry: 'never',
    acts: 'operator',
    http: 502,
    says: 'We do not call the institution where it says it is. We have been told.',
  },
  InstitutionNotTrusted: {
    fault: 'institution',
    retry: 'later',
    acts: 'operator',
    http: 502,
    says: 'The institution could not prove that it is itself. Nothing was sent to it.',
  },
  ClientCertificateUnusable: {
    fault: 'us',
    retry: 'later',
    acts: 'operator',
    http: 502,
    says: 'We could not prove to the institution who we are. We have been told.',
  },
  AssetGone: {
    fault: 'nobody',
    retry: 'never',
    acts: 'nobody',
    http: 410,
    says: 'This account was closed or is no longer shared.',
  },
  Superseded: {
    fault: 'nobody',
    retry: 'never',
    acts: 'nobody',
    http: 409,
    says: 'Something newer has taken the place of this step.',
  },
  SnapshotIncomplete: {
    fault: 'institution',
    retry: 'later',
    acts: 'nobody',
    http: 503,
    says: 'Not everything could be read. What is missing is named on the snapshot.',
  },
  StorageUnavailable: {
    fault: 'us',
    retry: 'soon',
    acts: 'operator',
    http: 503,
    says: 'Our own storage did not answer. Please try again in a moment.',
  },
  Unexpected: {
    fault: 'us',
    retry: 'later',
    acts: 'developer',
    http: 500,
    says: 'Something went wrong on our side. We have been told.',
  },
} as const satisfies Record<string, Failure>

export type FailureName = keyof typeof FAILURES

/**
 * The only error that leaves an activity by its own name. The message is read by operators and is kept in workflow
 * histories: it says what was expected and from which institution, never what a person owns.
 */
export class DomainFailure extends Error {
  readonly type: FailureName
  /** An instant before which nobody should try again, when the institution named one. */
  readonly notBefore: Date | undefined
  /** Not tried again at once, whatever the table says: what may be spent on that is spent. */
  readonly isForLater: boolean

  constructor(
    type: FailureName,
    message: string,
    { notBefore, isForLater = false }: { notBefore?: Date | undefined; isForLater?: boolean } = {},
  ) {
    super(message)
    this.name = type
    this.type = type
    this.notBefore = notBefore
    this.isForLater = isForLater
  }
}

export function isFailureName(value: unknown): value is FailureName {
  return typeof value === 'string' && Object.hasOwn(FAILURES, value)
}
