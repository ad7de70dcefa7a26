import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a token says. Short keys: a token is at most 1,500 characters. */
export type Claims = {
  /** access or refresh */
  kind: 'a' | 'r'
  person: string
  institutionId: string
  /** Which consent of this person at this institution, counted from 1. */
  generation: number
  /** Counts the tokens of a consent, so that no two are alike. */
  serial: number
  /** Second at which it ends. */
  expires: number
  scope: string
  /** Last day of the consent, YYYY-MM-DD. */
  endsOn: string
  memo: boolean
}
type Fields = [Claims['kind'], string, string, number, number, number, string, string, number]
export type Tokens = ReturnType<typeof createTokens>

/** Signs and reads tokens. The key follows from the seed, so tokens survive a restart. */
export function createTokens(seed: string) {
  const key = createHmac('sha256', 'sandbox').update(seed).digest()
  const mac = (text: string) => createHmac('sha256', key).update(text).digest('base64url')
  const sign = (claims: Claims): string => {
    const { kind, person, institutionId, generation, serial, expires, scope, endsOn, memo } = claims
    const fields = [kind, person, institutionId, generation, serial, expires, scope, endsOn, memo ? 1 : 0]
    const text = Buffer.from(JSON.stringify(fields)).toString('base64url')
    return `${text}.${mac(text)}`
  }
  const read = (token: string): Claims | undefined => {
    const [text = '', signature = '', ...rest] = token.split('.')
    if (rest.length > 0 || !equal(signature, mac(text))) return undefined
    // The signature says that these are our own fields.
    const fields: Fields = JSON.parse(Buffer.from(text, 'base64url').toString())
    const [kind, person, institutionId, generation, serial, expires, scope, endsOn, memo] = fields
    return { kind, person, institutionId, generation, serial, expires, scope, endsOn, memo: memo === 1 }
  }
  return { sign, read, mac }
}

function equal(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
