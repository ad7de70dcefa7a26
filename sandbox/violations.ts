/** Each way a client can break the standard. The sandbox counts them; a well-behaved client causes none. */
export const VIOLATIONS = {
  'malformed-tran-id': 'x-api-tran-id is missing or not AN(25): 10 letters or digits, maker, 14 of serial.',
  'repeated-tran-id': 'An x-api-tran-id was used for a second call.',
  'missing-api-type': 'A data call without x-api-type.',
  'unknown-api-type': 'x-api-type is none of the four the standard knows.',
  'missing-authorization': 'A data call without a bearer token.',
  'wrong-org-code': 'org_code names another institution than the one called.',
  'bad-limit': 'limit is missing or not a whole number from 1 to 500.',
  'bad-timestamp': 'search_timestamp is neither 0 nor 14 digits of a time that was issued.',
  'timestamp-with-cursor': 'search_timestamp was sent with a further page.',
  'foreign-cursor': 'next_page was not issued for this asset, API and range.',
  'repeated-cursor': 'One cursor was read successfully for a third time.',
  'outside-scope': 'An API was called that the scope of the consent does not cover.',
  'asset-without-consent': 'An asset was read although the list says is_consent=false.',
  'asked-closed-asset-again': 'An asset was read again after the institution had said that it is closed.',
  'unknown-asset': 'An asset was read that the list does not have, or with an API of another kind of asset.',
  'missing-seqno': 'An asset whose list entry has a seqno was read without it.',
  'span-too-long': 'The range is longer than this kind of call may span.',
  'older-than-five-years': 'The range begins more than five years ago.',
  'parallel-ranges': 'Two different ranges or pages of one asset were in flight at once.',
  'scheduled-twice-in-week': 'A scheduled read was made again in the week in which it had succeeded.',
  'call-after-withdrawal': 'A token was used after the client itself had revoked it.',
  'call-with-ended-consent': 'A token was used after the last day of its consent.',
  'refresh-loop': 'More than three refused tokens in a row for one person and institution.',
  'unregistered-redirect': 'A consent was asked for with a redirect_uri that is not registered.',
  'malformed-authorization':
    'A consent was asked for with a parameter missing, doubled or wrong, or without S256.',
  'redirect-mismatch': 'A code was exchanged with another redirect_uri than it was asked for with.',
  'wrong-verifier':
    'A code was exchanged without the verifier of its challenge, with another, or with one unasked.',
  'code-used-again': 'A code was presented for a third time; the second may follow a lost answer.',
  'refresh-of-dead-series':
    'A refresh token was presented although its series had ended, with an answer that said so, by one used twice.',
  'secret-in-url': 'A token, code, secret or account number stood in the URL.',
  'unknown-path': 'A path that the standard does not have, or an institution that does not exist.',
  'wrong-method': 'A path was called with another method than its own.',
  'malformed-body':
    'The body is not what the content type says, not an object of plain values, or over 64 KB.',
} as const

export type ViolationKind = keyof typeof VIOLATIONS
export type Violation = { kind: ViolationKind; institutionId: string; detail: string; at: number }
export type ViolationReport = {
  total: number
  counts: Partial<Record<ViolationKind, number>>
  violations: readonly Violation[]
}
export type Violations = ReturnType<typeof createViolations>

/** Enough to see what happens; the counts go on. */
const MAX_KEPT = 1000

/** Records violations. Details name APIs and parameters, never account numbers, tokens or people. */
export function createViolations() {
  let kept: Violation[] = []
  let counts: Partial<Record<ViolationKind, number>> = {}
  const record = (kind: ViolationKind, institutionId: string, detail: string) => {
    counts[kind] = (counts[kind] ?? 0) + 1
    kept.push({ kind, institutionId, detail, at: Date.now() })
    if (kept.length > MAX_KEPT) kept = kept.slice(-MAX_KEPT / 2)
  }
  const report = (): ViolationReport => ({
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
    counts: { ...counts },
    violations: [...kept],
  })
  const reset = () => {
    kept = []
    counts = {}
  }
  return { record, report, reset }
}
