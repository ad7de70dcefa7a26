/** What goes back over the wire. */
export type Answer = {
  status: number
  body: object
  retryAfter?: string
  headers?: Readonly<Record<string, string>>
}

/** Every code of the data APIs: HTTP status and message. */
const messages: Record<string, string> = {
  '00000': '정상처리',
  '00001': '변경사항 없음',
  '99999': '유효하지 않은 토큰',
  '40001': '요청 파라미터 오류',
  '40002': '헤더 값 오류',
  '40004': '조회기간 초과',
  '40101': '유효하지 않은 접근토큰',
  '40104': 'API 사용 권한 없음',
  '40105': '자산 조회 권한 없음',
  '40106': '전송요구 종료',
  '40302': '일시적 요청 제한',
  '40303': '기관코드 확인 불가',
  '40304': '5년 경과 정보 요청',
  '40305': '자산이 정상 상태가 아님',
  '40401': '존재하지 않는 엔드포인트',
  '40402': '유효하지 않은 자산',
  '40403': '정보주체 미존재',
  '40501': '허용되지 않은 메소드',
  '42901': '요청한도 초과',
  '50001': '시스템 장애',
  '50008': '정기점검',
  '50009': '정기적 전송 가능 시간대가 아님',
}

/** A call that is answered with a code instead of data. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly rspCode: string
  constructor(rspCode: string) {
    super(rspCode)
    this.rspCode = rspCode
  }
}

/** A token call that is answered with an error name of RFC 6749. */
export class OAuthRefusal extends Error {
  override readonly name = 'OAuthRefusal'
  readonly error: string
  readonly status: number
  constructor(error: string, status = 400) {
    super(error)
    this.error = error
    this.status = status
  }
}

/** A success with data. */
export function data(body: object): Answer {
  return { status: 200, body: { ...envelope('00000'), ...body } }
}

/** A code without data; its HTTP status is in its first three digits. */
export function coded(rspCode: string, status = statusOf(rspCode)): Answer {
  return { status, body: envelope(rspCode) }
}

export function oauthError(error: string, status = 400): Answer {
  return { status, body: { error } }
}

function envelope(rspCode: string): { rsp_code: string; rsp_msg: string } {
  return { rsp_code: rspCode, rsp_msg: messages[rspCode] ?? '처리 실패' }
}

function statusOf(rspCode: string): number {
  return /^[45]/.test(rspCode) ? Number(rspCode.slice(0, 3)) : 200
}
