import { createBehaviours } from './behaviour.ts'
import { createCallLog } from './call-log.ts'
import { createClock } from './clock.ts'
import { createCodes } from './codes.ts'
import { createConsents } from './consents.ts'
import { createDoors, type DoorOptions } from './doors.ts'
import { playNamed } from './fault-control.ts'
import { createAliases } from './faults/aliases.ts'
import { createCarried } from './faults/paging-faults.ts'
import { createInFlight } from './in-flight.ts'
import { institutionsUpTo, MAX_CARD_INSTITUTIONS, MAX_INSTITUTIONS } from './institutions.ts'
import { addMonths, calendar, dayFrom, dayOf } from './kst.ts'
import { createLogins } from './logins.ts'
import { createCursors } from './paging.ts'
import type { Change } from './people/changes.ts'
import { createHistories } from './people/histories.ts'
import { createQuota } from './quota.ts'
import { redirectUrisFrom } from './redirect-uris.ts'
import { createRefusals } from './refusals.ts'
import { openState, type Saved } from './state.ts'
import { createTimestamps } from './timestamps.ts'
import {
  createTokenRules,
  MAX_ACCESS_SECONDS,
  MAX_REFRESH_SECONDS,
  type Rotation,
  type TokenRule,
} from './token-rules.ts'
import { createTokens } from './tokens.ts'
import { createTranIds } from './tran-ids.ts'
import { createViolations } from './violations.ts'
import type { World } from './world.ts'

export type SandboxOptions = {
  /** 0, the default: any free one. */
  port?: number | undefined
  /** The address it listens on; 127.0.0.1, the default: nobody beyond this machine. */
  host?: string | undefined
  /** What the institutions' base URLs begin with, where others know it by another name; default: where it listens. */
  baseUrl?: string | undefined
  /** A port for each institution, so that its connections may fail, too; default: one for all. */
  doors?: DoorOptions | undefined
  seed?: string | undefined
  /** Banks, 1 to 60; default 6. */
  institutions?: number | undefined
  /** Card companies, 0 to 20; default none. */
  cardInstitutions?: number | undefined
  /** How they behave from the start; 'calm', the default, is at once and well. */
  profile?: string | undefined
  /** YYYY-MM-DD: the clock stands at noon of that day and moves when told; default: the real clock. */
  today?: string | undefined
  /** A JSON file that lets consents, revocations, planted rows and the clock survive a restart. */
  state?: string | undefined
  clientId?: string | undefined
  clientSecret?: string | undefined
  maxPeople?: number | undefined
  /** Where codes may be sent to; one to four, the default are DEFAULT_REDIRECT_URIS. */
  redirectUris?: readonly string[] | undefined
  /** What becomes of used refresh tokens; default: they live on. */
  rotation?: Rotation | undefined
  /** At most 90 days, the default. */
  accessTokenSeconds?: number | undefined
  /** At most a year, the default. */
  refreshTokenSeconds?: number | undefined
}

export const DEFAULT_CLIENT = { id: 'sandbox-client', secret: 'sandbox-secret' } as const
/** With the real clock histories begin here, so that they stay the same as time passes. */
const REAL_CLOCK_ANCHOR = '2024-10-01'
const HISTORY_MONTHS = 24

/** The institutions with everything they share, as they were if a state file is given. */
export function createWorld(options: SandboxOptions): { world: World; flush: () => void } {
  const seed = options.seed ?? 'sandbox'
  const banks = within('institutions', options.institutions ?? 6, 1, MAX_INSTITUTIONS)
  const cardCompanies = within('cardInstitutions', options.cardInstitutions ?? 0, 0, MAX_CARD_INSTITUTIONS)
  const institutions = institutionsUpTo(banks, cardCompanies)
  const state = openState(options.state, () => current())
  const saved = savedFor(seed, state.saved)
  const clock = createClock(options.today, saved?.clock)
  const anchor = saved?.anchor ?? anchorOf(options.today, clock.now())
  const changes = new Map<string, Change[]>(saved?.changes)
  const changesOf = (key: string) => changes.get(key) ?? []
  const tokens = createTokens(seed)
  const seconds = () => Math.floor(clock.now() / 1000)
  const tokenRules = createTokenRules(usualTokenRule(options), saved?.tokenRules)
  const consents = createConsents(tokens, tokenRules, clock.now, saved)
  const codes = createCodes(tokens, seconds, saved)
  const current = (): Saved => ({
    seed,
    anchor,
    clock: clock.saved(),
    changes: [...changes],
    tokenRules: tokenRules.keep(),
    ...consents.keep(),
    ...codes.keep(),
  })
  const world: World = {
    seed,
    institutions: new Map(institutions.map((each) => [each.institutionId, each])),
    client: {
      id: options.clientId ?? DEFAULT_CLIENT.id,
      secret: options.clientSecret ?? DEFAULT_CLIENT.secret,
      redirectUris: redirectUrisFrom(options.redirectUris),
    },
    baseUrl: options.baseUrl ?? '',
    maxPeople: options.maxPeople ?? 10_000,
    clock,
    tokens,
    tokenRules,
    consents,
    codes,
    logins: createLogins(tokens, seconds),
    ...createHistories({ seed, anchor, institutions, changesOf }),
    change: (person, institutionId, change) => {
      const key = `${person}|${institutionId}`
      const mine = changes.get(key) ?? []
      mine.push(change)
      changes.set(key, mine)
      state.changed()
    },
    changed: state.changed,
    violations: createViolations(),
    calls: createCallLog(),
    behaviours: createBehaviours(seed, {
      institutionIds: institutions.map((each) => each.institutionId),
      now: clock.now,
    }),
    doors: createDoors(),
    aliases: createAliases(seed),
    carried: createCarried(),
    cursors: createCursors(tokens.mac),
    timestamps: createTimestamps(),
    quota: createQuota(),
    inFlight: createInFlight(),
    refusals: createRefusals(),
    tranIds: createTranIds(),
    closedAssets: createTranIds(),
  }
  if (options.profile !== undefined) playNamed(world, options.profile)
  return { world, flush: state.close }
}

function usualTokenRule(options: SandboxOptions): TokenRule {
  const { accessTokenSeconds = MAX_ACCESS_SECONDS, refreshTokenSeconds = MAX_REFRESH_SECONDS } = options
  return {
    rotation: options.rotation ?? 'none',
    accessSeconds: within('accessTokenSeconds', accessTokenSeconds, 1, MAX_ACCESS_SECONDS),
    refreshSeconds: within('refreshTokenSeconds', refreshTokenSeconds, 1, MAX_REFRESH_SECONDS),
  }
}

function within(name: string, count: number, low: number, high: number): number {
  if (!Number.isInteger(count) || count < low || count > high)
    throw new RangeError(`${name}: ${low} to ${high}`)
  return count
}

function savedFor(seed: string, saved: Saved | undefined): Saved | undefined {
  if (saved && saved.seed !== seed) throw new RangeError('state: the file belongs to another seed')
  return saved
}

function anchorOf(today: string | undefined, now: number): number {
  const start = today === undefined ? dayFrom(REAL_CLOCK_ANCHOR) : addMonths(dayOf(now), -HISTORY_MONTHS)
  if (start === undefined) throw new RangeError('today: expected YYYY-MM-DD')
  return start - calendar(start).date + 1
}
