import type { Call } from './call-log.ts'
import { ControlError } from './control-error.ts'
import { holdRule, type HeldRule, type Surroundings } from './faults/held-rule.ts'
import { drawnLatency } from './faults/latency.ts'
import { CALM, type Profile } from './faults/profiles.ts'
import type { Behaviour, Effect, Struck } from './faults/rule.ts'

export type { Behaviour, Effect } from './faults/rule.ts'
export type Behaviours = ReturnType<typeof createBehaviours>
export type ToldRule = ReturnType<HeldRule['told']>

/** Rules with names of their own: more than a person can look over is a mistake. */
const MAX_NAMED = 200

/**
 * The rules in force. `set` keeps one for each institution, API and person, and a new one replaces it; `add` keeps any
 * number by their ids. The nearest that strikes a call decides; the profile plays beneath.
 */
export function createBehaviours(seed: string, given: Partial<Surroundings> = {}) {
  const surroundings: Surroundings = {
    institutionIds: [],
    now: Date.now,
    realNow: Date.now,
    ...given,
    seed,
  }
  const byKey = new Map<string, HeldRule[]>()
  const keys = new Map<string, string>()
  const added = new Set<string>()
  let playing = play(CALM, surroundings)

  const remove = (id: string): boolean => {
    const key = keys.get(id)
    if (key === undefined) return false
    const left = byKey.get(key)?.filter((held) => held.id !== id) ?? []
    if (left.length > 0) byKey.set(key, left)
    else byKey.delete(key)
    added.delete(id)
    return keys.delete(id)
  }
  const put = (id: string, rule: Behaviour): void => {
    remove(id)
    const key = keyOf(rule.institutionId, rule.api, rule.person)
    byKey.set(key, [holdRule(id, rule, surroundings), ...(byKey.get(key) ?? [])])
    keys.set(id, key)
  }
  const add = (rule: Behaviour, id = freeId(keys)): string => {
    if (added.size >= MAX_NAMED && !added.has(id))
      throw new ControlError(`more than ${MAX_NAMED} rules: delete some`)
    put(id, rule)
    added.add(id)
    return id
  }
  const own = (call: Struck): HeldRule | undefined => {
    for (const key of nearestFirst(call))
      for (const held of byKey.get(key) ?? []) if (held.strikes(call)) return held
    return undefined
  }
  /** What happens to this call; uses up one of a rule's times. */
  const next = (
    institutionId: string,
    api: string,
    { apiType = null, person = null }: Partial<Pick<Call, 'apiType' | 'person'>> = {},
  ): Effect => {
    const call = { institutionId, api, apiType, person }
    const held = own(call)
    if (held?.isUsedUp()) remove(held.id)
    const struck = held ? [held] : playing.rules.filter((each) => each.strikes(call))
    if (held && held.rule.latencyMs === undefined)
      struck.push(...playing.rules.filter(({ rule }) => rule.latencyMs !== undefined))
    return effectOf(struck, institutionId, seed)
  }
  const list = (): ToldRule[] => [...byKey.values()].flat().map((held) => held.told())
  return {
    set: (rule: Behaviour) => put(keyOf(rule.institutionId, rule.api, rule.person), rule),
    add,
    remove,
    next,
    list,
    /** All well again. */
    reset: () => {
      byKey.clear()
      keys.clear()
      added.clear()
      playing = play(CALM, surroundings)
    },
    play: (profile: Profile) => {
      playing = play(profile, surroundings)
    },
    profile: () => ({ ...playing.told, rules: playing.rules.map((held) => held.told()) }),
    /** Ids of the rules by which this institution is not well now; of the profile those that hold for a while. */
    inForce: (institutionId: string): string[] =>
      [...[...byKey.values()].flat(), ...playing.rules.filter(holdsForAWhile)]
        .filter(({ endOf }) => endOf(institutionId) !== undefined)
        .map(({ id }) => id),
  }
}

function freeId(taken: ReadonlyMap<string, string>): string {
  for (let no = 1; ; no += 1) if (!taken.has(`rule-${no}`)) return `rule-${no}`
}

function play(profile: Profile, surroundings: Surroundings) {
  const { name, says, rules } = profile
  return {
    told: { name, says, since: new Date(surroundings.now()).toISOString() },
    rules: rules.map((rule, at) => holdRule(`${name}-${at + 1}`, rule, surroundings)),
  }
}

/** The first that has an outcome gives it, the first that has a latency gives that. */
function effectOf(struck: readonly HeldRule[], institutionId: string, seed: string): Effect {
  const deciding = struck.find(isOutcome) ?? struck[0]
  const slowing = struck.find(({ rule }) => rule.latencyMs !== undefined)
  if (!deciding) return { delayMs: 0 }
  const { status, hang, mangle } = deciding.rule
  const luck = () => slowing?.luckOf(institutionId) ?? deciding.luckOf(institutionId)
  return {
    delayMs: drawnLatency(slowing?.rule.latencyMs, institutionId, seed, luck),
    status,
    hang,
    mangle,
    rule: deciding.id,
    endsAt: deciding.endOf(institutionId),
  }
}

/** What single calls meet, now and then, is no state of an institution. */
function holdsForAWhile({ rule }: HeldRule): boolean {
  const isDrawnForCalls = rule.probability !== undefined && rule.drawnEverySeconds === undefined
  return rule.latencyMs === undefined && rule.over === undefined && !isDrawnForCalls
}

function isOutcome({ rule: { status, hang, mangle } }: HeldRule): boolean {
  return status !== undefined || hang === true || mangle !== undefined
}

/** Those about the person first, then by institution and API, institution, API, all. */
function nearestFirst({ institutionId, api, person }: Struck): string[] {
  const whose = (who?: string) => [
    keyOf(institutionId, api, who),
    keyOf(institutionId, undefined, who),
    keyOf('*', api, who),
    keyOf('*', undefined, who),
  ]
  return [...(person === null ? [] : whose(person)), ...whose()]
}

function keyOf(institutionId: string, api: string | undefined, person?: string): string {
  return `${institutionId} ${api ?? '*'}${person === undefined ? '' : ` ${person}`}`
}
