/** What becomes of a refresh token that was used. */
export const ROTATIONS = {
  none: 'it lives on, as the standard has it',
  strict: 'a new one takes its place; an older one presented again ends the consent',
  grace: 'a new one takes its place; the one before works until the new one was used',
} as const
export type Rotation = keyof typeof ROTATIONS

/** How an institution gives tokens. */
export type TokenRule = { rotation: Rotation; accessSeconds: number; refreshSeconds: number }
export type TokenRuleOrder = {
  /** '*': every institution without a rule of its own. */
  institutionId: string
  rotation?: Rotation | undefined
  accessSeconds?: number | undefined
}
export type TokenRules = ReturnType<typeof createTokenRules>
export type KeptTokenRules = [institutionId: string, rule: Omit<TokenRuleOrder, 'institutionId'>][]

/** The standard's limit of an access token: 90 days. */
export const MAX_ACCESS_SECONDS = 90 * 86_400
/** The standard's limit of a refresh token: a year. */
export const MAX_REFRESH_SECONDS = 365 * 86_400

/** The usual rule, and what was ordered for single institutions. */
export function createTokenRules(usual: TokenRule, kept: KeptTokenRules | undefined) {
  const orders = new Map(kept)
  const ordered = (institutionId: string) => orders.get(institutionId) ?? orders.get('*')
  return {
    of: (institutionId: string): TokenRule => {
      const own = ordered(institutionId)
      return {
        rotation: own?.rotation ?? usual.rotation,
        accessSeconds: own?.accessSeconds ?? usual.accessSeconds,
        refreshSeconds: usual.refreshSeconds,
      }
    },
    /** What an order does not name stays as it was. */
    set: ({ institutionId, rotation, accessSeconds }: TokenRuleOrder): void => {
      const before = ordered(institutionId)
      orders.set(institutionId, {
        rotation: rotation ?? before?.rotation,
        accessSeconds: accessSeconds ?? before?.accessSeconds,
      })
    },
    keep: (): KeptTokenRules => [...orders],
  }
}

export function isRotation(text: string): text is Rotation {
  return Object.hasOwn(ROTATIONS, text)
}
