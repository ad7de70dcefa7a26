/** Who is at fault when a reading fails. Statistics and the breaker split by this. */
export type Fault = 'us' | 'institution' | 'user' | 'nobody'

/** When to try again: soon = by the engine, at once; later = a later round; at a time = not before a stated instant. */
export type Retry = 'soon' | 'later' | 'at-a-time' | 'when-it-closes' | 'never'

/** The same said in each language that a person may read it in. */
export type Words = { ko: string; en: string }

type Failure = {
  fault: Fault
  retry: Retry
  acts: 'nobody' | 'user' | 'operator' | 'developer'
  http: number
  /** What the person whose data it is reads, in their language. Names no data. */
  says: Words
}

/** Every way a reading, a refresh or a request can fail. Engine, database, API, screens and documents speak these names. */
export const FAILURES = {
  InstitutionUnavailable: {
    fault: 'institution',
    retry: 'soon',
    acts: 'nobody',
    http: 503,
    says: {
      ko: '금융기관에서 응답이 오지 않았어요. 마지막으로 확인한 정보를 보여 드리고 있어요.',
      en: 'The institution did not answer. Its data is shown as of the last time it did.',
    },
  },
  InstitutionTooSlow: {
    fault: 'institution',
    retry: 'soon',
    acts: 'nobody',
    http: 504,
    says: {
      ko: '금융기관의 응답이 너무 늦어요. 마지막으로 확인한 정보를 보여 드리고 있어요.',
      en: 'The institution took too long to answer. Its data is shown as of the last time it did.',
    },
  },
  InstitutionInMaintenance: {
    fault: 'nobody',
    retry: 'at-a-time',
    acts: 'nobody',
    http: 503,
    says: {
      ko: '금융기관이 점검 중이거나 지금은 이용할 수 없는 시간이에요.',
      en: 'The institution is in maintenance or outside its hours.',
    },
  },
  RateLimited: {
    fault: 'nobody',
    retry: 'at-a-time',
    acts: 'nobody',
    http: 429,
    says: {
      ko: '금융기관이 잠시 기다렸다가 다시 요청해 달라고 했어요.',
      en: 'The institution asks us to wait before we ask again.',
    },
  },
  NoTurn: {
    fault: 'us',
    retry: 'later',
    acts: 'nobody',
    http: 503,
    says: {
      ko: '지금은 이 금융기관을 찾는 분이 많아요. 차례가 오면 저희가 알아서 가져올게요.',
      en: 'Many are reading this institution just now. Its turn comes by itself.',
    },
  },
  InstitutionPaused: {
    fault: 'institution',
    retry: 'when-it-closes',
    acts: 'operator',
    http: 503,
    says: {
      ko: '지금은 이 금융기관의 정보를 가져오지 않고 잠시 멈춰 두었어요.',
      en: 'Readings of this institution are paused for now.',
    },
  },
  UnexpectedResponse: {
    fault: 'institution',
    retry: 'later',
    acts: 'operator',
    http: 502,
    says: {
      ko: '금융기관이 보낸 내용을 믿을 수 없어서 하나도 반영하지 않았어요.',
      en: 'The institution sent an answer that could not be trusted. Nothing of it was used.',
    },
  },
  CredentialsRejected: {
    fault: 'user',
    retry: 'never',
    acts: 'user',
    http: 409,
    says: {
      ko: '금융기관이 고객님의 동의를 더는 받아들이지 않아요. 다시 연결해 주세요.',
      en: 'The institution no longer accepts your consent. Please connect it again.',
    },
  },
  ConsentEnded: {
    fault: 'user',
    retry: 'never',
    acts: 'user',
    http: 409,
    says: {
      ko: '이 금융기관에 대한 동의가 끝났어요. 계속 이용하시려면 다시 연결해 주세요.',
      en: 'Your consent for this institution has ended. Please connect it again if you wish.',
    },
  },
  OutsideConsent: {
    fault: 'user',
    retry: 'never',
    acts: 'user',
    http: 409,
    says: {
      ko: '지금 동의하신 범위에는 이 정보가 들어 있지 않아요. 공유할 정보를 골라 다시 연결해 주세요.',
      en: 'Your consent does not cover what is read here. Please connect the institution again with what you wish to share.',
    },
  },
  RequestRejected: {
    fault: 'us',
    retry: 'never',
    acts: 'developer',
    http: 502,
    says: {
      ko: '금융기관이 저희 요청을 거절했어요. 저희 담당자에게 알렸어요.',
      en: 'The institution refused our request. We have been told.',
    },
  },
  AddressRefused: {
    fault: 'us',
    retry: 'never',
    acts: 'operator',
    http: 502,
    says: {
      ko: '금융기관의 주소가 안전하지 않아서 연결하지 않았어요. 저희 담당자에게 알렸어요.',
      en: 'We do not call the institution where it says it is. We have been told.',
    },
  },
  InstitutionNotTrusted: {
    fault: 'institution',
    retry: 'later',
    acts: 'operator',
    http: 502,
    says: {
      ko: '진짜 금융기관인지 확인할 수 없어서 아무 정보도 보내지 않았어요.',
      en: 'The institution could not prove that it is itself. Nothing was sent to it.',
    },
  },
  ClientCertificateUnusable: {
    fault: 'us',
    retry: 'later',
    acts: 'operator',
    http: 502,
    says: {
      ko: '저희가 누구인지 금융기관에 증명하지 못했어요. 저희 담당자에게 알렸어요.',
      en: 'We could not prove to the institution who we are. We have been told.',
    },
  },
  AssetGone: {
    fault: 'nobody',
    retry: 'never',
    acts: 'nobody',
    http: 410,
    says: {
      ko: '해지되었거나 더는 공유하지 않는 계좌예요.',
      en: 'This account was closed or is no longer shared.',
    },
  },
  Superseded: {
    fault: 'nobody',
    retry: 'never',
    acts: 'nobody',
    http: 409,
    says: {
      ko: '더 새로운 작업이 이 작업을 대신했어요.',
      en: 'Something newer has taken the place of this step.',
    },
  },
  SnapshotIncomplete: {
    fault: 'institution',
    retry: 'later',
    acts: 'nobody',
    http: 503,
    says: {
      ko: '모든 정보를 가져오지는 못했어요. 무엇이 빠졌는지 함께 알려 드려요.',
      en: 'Not everything could be read. What is missing is named on the snapshot.',
    },
  },
  StorageUnavailable: {
    fault: 'us',
    retry: 'soon',
    acts: 'operator',
    http: 503,
    says: {
      ko: '저희 저장소가 응답하지 않았어요. 잠시 후 다시 시도해 주세요.',
      en: 'Our own storage did not answer. Please try again in a moment.',
    },
  },
  Unexpected: {
    fault: 'us',
    retry: 'later',
    acts: 'developer',
    http: 500,
    says: {
      ko: '저희 쪽에서 문제가 생겼어요. 저희 담당자에게 알렸어요.',
      en: 'Something went wrong on our side. We have been told.',
    },
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
