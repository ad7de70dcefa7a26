import type { IssuedTokens } from './consents.ts'
import { ControlError } from './control-error.ts'
import type { ControlRoute } from './control-routes.ts'
import { checked } from './orders.ts'
import { ciOf, grantOf, institutionOf, personOf } from './subjects.ts'
import { MAX_ACCESS_SECONDS, type TokenRule, type TokenRuleOrder } from './token-rules.ts'
import type { World } from './world.ts'

export type ConsentOrder = {
  person: string
  institutionIds: readonly string[]
  /** YYYY-MM-DD; default a year from now. */
  endsOn?: string | undefined
  scope?: string | undefined
  /** Whether memos and merchant names may be sent; default true. */
  memo?: boolean | undefined
}
/** Without a redirect URI and a challenge the code is bound to nothing but its institution. */
export type CodeOrder = Omit<ConsentOrder, 'institutionIds'> & {
  institutionId: string
  redirectUri?: string | undefined
  challenge?: string | undefined
}
type Subject = { person: string; institutionId: string }
export type TokenControl = {
  consents: (order: ConsentOrder) => IssuedTokens[]
  codes: (order: CodeOrder) => { code: string }
  expireAccess: (subject: Subject) => { expired: boolean }
  refuseRefresh: (subject: Subject) => { refused: boolean }
  withdraw: (subject: Subject) => { withdrawn: boolean }
  tokenRules: (order: TokenRuleOrder) => TokenRule
  ci: (subject: Pick<Subject, 'person'>) => { ci: string }
}

const subject = { person: 'string', institutionId: 'string' } as const
const grant = { endsOn: 'string?', scope: 'string?', memo: 'boolean?' } as const

/** What may be done to consents and tokens, as the institution does it or as if the person had come by. */
export const tokenRoutes: Readonly<Record<string, ControlRoute>> = {
  'POST /consents': (control, input) =>
    control.consents(checked<ConsentOrder>(input, { person: 'string', institutionIds: 'strings', ...grant })),
  'POST /codes': (control, input) =>
    control.codes(
      checked<CodeOrder>(input, { ...subject, redirectUri: 'string?', challenge: 'string?', ...grant }),
    ),
  'POST /expire-access': (control, input) => control.expireAccess(checked<Subject>(input, subject)),
  'POST /refuse-refresh': (control, input) => control.refuseRefresh(checked<Subject>(input, subject)),
  'POST /withdraw': (control, input) => control.withdraw(checked<Subject>(input, subject)),
  'POST /token-rules': (control, input) =>
    control.tokenRules(
      checked<TokenRuleOrder>(input, {
        institutionId: 'string',
        rotation: 'rotation?',
        accessSeconds: 'number?',
      }),
    ),
  'GET /ci': (control, input) => control.ci(checked<Pick<Subject, 'person'>>(input, { person: 'string' })),
}

export function createTokenControl(world: World): TokenControl {
  const { consents, codes, tokenRules } = world
  /** An order about the tokens of a known institution is kept before it is answered. */
  const done = (order: Subject, act: (order: Subject) => boolean): boolean => {
    institutionOf(world, order.institutionId)
    const isDone = act(order)
    world.changed(true)
    return isDone
  }
  return {
    consents: (order) => {
      const person = personOf(world, order.person)
      const institutions = order.institutionIds.map((id) => institutionOf(world, id))
      const issued = institutions.map(({ institutionId, industry }) =>
        consents.issue(person, institutionId, grantOf(world, order, industry)),
      )
      world.changed()
      return issued
    },
    codes: ({ redirectUri, challenge, ...order }) => {
      const { institutionId, industry } = institutionOf(world, order.institutionId)
      const person = personOf(world, order.person)
      const code = codes.issue({
        person,
        clientId: world.client.id,
        grants: [[institutionId, grantOf(world, order, industry)]],
        redirectUri,
        challenge,
      })
      world.changed()
      return { code }
    },
    expireAccess: (order) => ({ expired: done(order, consents.expireAccess) }),
    refuseRefresh: (order) => ({ refused: done(order, consents.refuseRefresh) }),
    withdraw: (order) => ({ withdrawn: done(order, (series) => consents.end(series, 'withdrawn')) }),
    tokenRules: (order) => {
      if (order.institutionId !== '*') institutionOf(world, order.institutionId)
      if (order.accessSeconds !== undefined && !isAccessLife(order.accessSeconds))
        throw new ControlError(`accessSeconds: 1 to ${MAX_ACCESS_SECONDS}`)
      tokenRules.set(order)
      world.changed(true)
      return tokenRules.of(order.institutionId)
    },
    ci: ({ person }) => ({ ci: ciOf(world, personOf(world, person)) }),
  }
}

function isAccessLife(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_ACCESS_SECONDS
}
