import type { Limits } from './refresh.ts'
import { kstDateTime } from './time.ts'
import { type Closed, closedAt, closedInWords, type Windows } from './windows.ts'

/** What operators have said of an institution. A time without a number is that of the policy. */
export type InstitutionSettings = {
  state: 'active' | 'paused' | 'removed'
  /** A pause that ends by itself. Null: it ends by an order. */
  pausedUntil: Date | null
  concurrency: number
  windows: Windows
  callMs: number | null
  attemptMs: number | null
}

export type Timeouts = Pick<InstitutionSettings, 'callMs' | 'attemptMs'>

/** What an operator may say of an institution. */
export type InstitutionOrder =
  | { verb: 'pause'; until: Date | null }
  | { verb: 'resume' }
  | { verb: 'limits'; concurrency: number }
  | { verb: 'windows'; windows: Windows }
  | ({ verb: 'timeouts' } & Timeouts)

export type InstitutionVerb = InstitutionOrder['verb']

export type InstitutionRefusal = 'institution_removed' | 'until_has_passed' | 'attempt_shorter_than_call'

export type InstitutionAnswer =
  | { outcome: 'done' | 'already'; because: null; after: InstitutionSettings }
  | { outcome: 'refused'; because: InstitutionRefusal; after: InstitutionSettings }

/**
 * Bounds of what may be said. A thousand readings at once are ten workers' all; a call of a minute is three times our own
 * patience; an attempt of half an hour is what a first reading of twelve months has.
 */
export const BOUNDS = {
  concurrency: { least: 1, most: 1_000 },
  callMs: { least: 1_000, most: 60_000 },
  attemptMs: { least: 5_000, most: 1_800_000 },
  maintenance: { most: 20 },
  spansOfADay: { most: 5 },
  // Beyond that an institution is removed rather than paused, and a maintenance is a plan, not an announcement.
  aheadMs: 180 * 86_400_000,
} as const

/** What an order makes of what was said before; the same again changes nothing. */
export function obeyed(before: InstitutionSettings, order: InstitutionOrder, now: Date): InstitutionAnswer {
  const whyNot = refusal(before, order, now)
  if (whyNot) return { outcome: 'refused', because: whyNot, after: before }
  const after = changed(before, order)
  const outcome = JSON.stringify(after) === JSON.stringify(before) ? 'already' : 'done'
  return { outcome, because: null, after }
}

function refusal(
  { state }: InstitutionSettings,
  order: InstitutionOrder,
  now: Date,
): InstitutionRefusal | null {
  if (state === 'removed') return 'institution_removed'
  if (order.verb === 'pause' && order.until && order.until <= now) return 'until_has_passed'
  if (order.verb !== 'timeouts' || order.attemptMs === null) return null
  return order.attemptMs < (order.callMs ?? 0) ? 'attempt_shorter_than_call' : null
}

function changed(before: InstitutionSettings, order: InstitutionOrder): InstitutionSettings {
  switch (order.verb) {
    case 'pause':
      return { ...before, state: 'paused', pausedUntil: order.until }
    case 'resume':
      return { ...before, state: 'active', pausedUntil: null }
    case 'limits':
      return { ...before, concurrency: order.concurrency }
    case 'windows':
      return { ...before, windows: order.windows }
    case 'timeouts':
      return { ...before, callMs: order.callMs, attemptMs: order.attemptMs }
  }
}

/** Why no reading of it may begin, and until when; no time: until somebody says so. */
export type Held = { because: 'paused' | 'window'; until: Date | null }

/** Whether what operators have said holds readings back at an instant. Null: they may begin. */
export function heldAt(
  { state, pausedUntil, windows }: Pick<InstitutionSettings, 'state' | 'pausedUntil' | 'windows'>,
  now: Date,
): Held | null {
  if (state === 'removed') return { because: 'paused', until: null }
  if (state === 'paused' && (pausedUntil === null || pausedUntil > now)) {
    return { because: 'paused', until: pausedUntil }
  }
  const closed = closedAt(windows, now)
  return closed && { because: 'window', until: closed.until }
}

/** The same for a person who reads it. */
export function heldInWords(settings: InstitutionSettings, now: Date): string | null {
  const held = heldAt(settings, now)
  if (held?.because !== 'paused') return closedWords(closedAt(settings.windows, now))
  if (settings.state === 'removed') return 'removed'
  return held.until === null
    ? 'paused, until an operator resumes it'
    : `paused, until ${kstDateTime(held.until).slice(0, 16)} in Korea`
}

const closedWords = (closed: Closed | null): string | null => closed && closedInWords(closed)

/**
 * The limits of a reading with an institution's own times in them. A first reading keeps the longer time that it has, and
 * all quick attempts together never have less than one of them.
 */
export function withTimeouts(limits: Limits, { callMs, attemptMs }: Timeouts, isFirst: boolean): Limits {
  const attempt =
    attemptMs === null ? limits.attemptMs : isFirst ? Math.max(limits.attemptMs, attemptMs) : attemptMs
  return {
    ...limits,
    callMs: Math.min(callMs ?? limits.callMs, attempt),
    attemptMs: attempt,
    readingMs: Math.max(limits.readingMs, attempt),
  }
}
