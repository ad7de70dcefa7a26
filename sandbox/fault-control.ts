import { API_TYPES } from './ask.ts'
import type { Behaviour, ToldRule } from './behaviour.ts'
import { ControlError } from './control-error.ts'
import type { ControlRoute } from './control-routes.ts'
import type { DoorOrder, ToldDoors } from './doors.ts'
import { spanFault } from './faults/hours.ts'
import { profileNames, profileOf } from './faults/profiles.ts'
import { MANGLES } from './mangle.ts'
import { checked, type Rules } from './orders.ts'
import { knownApis } from './routes.ts'
import { institutionOf } from './subjects.ts'
import type { World } from './world.ts'

export type ToldProfile = ReturnType<World['behaviours']['profile']> & { known: Record<string, string> }
export type FaultControl = {
  /** One rule for each institution, API and person. */
  behaviour: (rule: Behaviour) => void
  resetBehaviour: () => void
  /** What happens to whoever connects to an institution with a port of its own. Resolves once it does. */
  door: (order: DoorOrder) => Promise<void>
  /** Every door is well again. */
  openDoors: () => Promise<void>
  doors: () => ToldDoors
  rules: () => ToldRule[]
  /** Any number of rules, by their ids; one of the same id is replaced. */
  addRule: (rule: Behaviour & { id?: string | undefined }) => { id: string }
  removeRule: (id: string) => { removed: string }
  profile: () => ToldProfile
  playProfile: (name: string) => ToldProfile
}

/** Without a fault it is well again. */
type DoorInput = { institutionId: string; fault?: string | undefined }

const ruleShape = {
  institutionId: 'string',
  person: 'string?',
  api: 'string?',
  apiType: 'string?',
  from: 'string?',
  until: 'string?',
  forSeconds: 'number?',
  after: 'count?',
  every: 'count?',
  times: 'count?',
  probability: 'part?',
  drawnEverySeconds: 'count?',
  share: 'part?',
  group: 'string?',
  over: 'over?',
  latencyMs: 'latency?',
  status: 'status?',
  hang: 'boolean?',
  mangle: 'mangle?',
} as const satisfies Rules<Behaviour>

/** Faults as data, live. */
export const faultRoutes: Readonly<Record<string, ControlRoute>> = {
  'POST /behaviour': (control, input) => {
    control.behaviour(checked<Behaviour>(input, ruleShape))
    return { done: true }
  },
  'POST /behaviour/reset': (control) => {
    control.resetBehaviour()
    return control.openDoors().then(() => ({ done: true }))
  },
  'POST /doors': (control, input) => {
    const { institutionId, fault } = checked<DoorInput>(input, { institutionId: 'string', fault: 'string?' })
    return control.door({ institutionId, fault: fault ?? null }).then(() => ({ done: true }))
  },
  'GET /doors': (control) => control.doors(),
  'GET /rules': (control) => control.rules(),
  'POST /rules': (control, input) =>
    control.addRule(checked<Behaviour & { id?: string }>(input, { ...ruleShape, id: 'string?' })),
  'DELETE /rules/{id}': (control, input) =>
    control.removeRule(checked<{ id: string }>(input, { id: 'string' }).id),
  'GET /profile': (control) => control.profile(),
  'PUT /profile': (control, input) =>
    control.playProfile(checked<{ name: string }>(input, { name: 'string' }).name),
  'GET /faults': () => MANGLES,
}

export function createFaultControl(world: World): FaultControl {
  const { behaviours, doors } = world
  const told = (): ToldProfile => ({ ...behaviours.profile(), known: profileNames() })
  return {
    behaviour: (rule) => behaviours.set(soundRule(world, rule)),
    resetBehaviour: behaviours.reset,
    door: doors.set,
    openDoors: doors.allWell,
    doors: doors.told,
    rules: behaviours.list,
    addRule: ({ id, ...rule }) => {
      if (id !== undefined && !/^[\w.-]{1,64}$/.test(id))
        throw new ControlError('id: 1 to 64 letters, digits, _ . -')
      return { id: behaviours.add(soundRule(world, rule), id) }
    },
    removeRule: (id) => {
      if (behaviours.remove(id)) return { removed: id }
      throw new ControlError(
        `id: no such rule; known: ${behaviours
          .list()
          .map((rule) => rule.id)
          .join(', ')}`,
      )
    },
    profile: told,
    playProfile: (name) => {
      playNamed(world, name)
      return told()
    },
  }
}

/** Throws a ControlError with every name there is. */
export function playNamed({ behaviours, institutions }: World, name: string): void {
  const profile = profileOf(name, [...institutions.keys()])
  if (!profile)
    throw new ControlError(
      `profile: no such profile; known: ${Object.keys(profileNames()).join(', ')}; institutions: ${[...institutions.keys()].join(', ')}`,
    )
  behaviours.play(profile)
}

/** A rule that means something: names that exist, hours that are hours. */
function soundRule(world: World, rule: Behaviour): Behaviour {
  if (rule.institutionId !== '*') institutionOf(world, rule.institutionId)
  known('api', rule.api, knownApis)
  known('apiType', rule.apiType, API_TYPES)
  const fault = spanFault(rule)
  if (fault !== undefined) throw new ControlError(fault)
  if (rule.drawnEverySeconds !== undefined && rule.probability === undefined)
    throw new ControlError('drawnEverySeconds: only with probability')
  return rule
}

function known(field: string, name: string | undefined, names: readonly string[]): void {
  if (name !== undefined && !names.includes(name))
    throw new ControlError(`${field}: unknown; known: ${names.join(', ')}`)
}
