import type { Part } from './judge.ts'
import { isWhole } from './judge.ts'
import type { PlanState } from './refresh.ts'

/** One part of a cut, as far as two cuts can differ in it. */
export type ShownPart = Part & { institutionId: string; seq: number | null }

/** A refresh after its readings have settled and something of it was published, as its rows stand under the lock. */
export type Standing = {
  plan: readonly { state: PlanState; unseen: boolean; failure: string | null; nextTryAt: Date | null }[]
  /** What a cut would show now. */
  parts: readonly ShownPart[]
  /** What the refresh published last. Null: nothing yet. */
  published: readonly ShownPart[] | null
  deadline: Date
  now: Date
}

export type NextStep =
  | { next: 'read' }
  | { next: 'cut' }
  | { next: 'park'; wakeAt: Date }
  | { next: 'end'; because: string }

/**
 * What comes after a partial publication when no reading is in flight: read what joined or is due meanwhile; cut again if
 * readers would see something else; wait for what waiting can mend; otherwise end, and say why.
 */
export function nextStep({ plan, parts, published, deadline, now }: Standing): NextStep {
  if (plan.some(({ state, unseen }) => unseen || state === 'pending' || state === 'collecting')) {
    return { next: 'read' }
  }
  if (published === null || parts.every(isWhole) || showsOtherwise(parts, published)) return { next: 'cut' }
  const nextTries = plan.flatMap(({ nextTryAt }) => nextTryAt ?? [])
  if (nextTries.length === 0 || deadline <= now) return { next: 'end', because: reasons(plan) }
  if (nextTries.some((nextTryAt) => nextTryAt <= now)) return { next: 'read' }
  return { next: 'park', wakeAt: earliest([...nextTries, deadline]) }
}

/** Whether a cut made now would differ from the one that is shown: in its data, or in what it says is missing and why. */
function showsOtherwise(parts: readonly ShownPart[], published: readonly ShownPart[]): boolean {
  const shown = new Map(published.map((part) => [part.institutionId, part]))
  if (shown.size !== parts.length) return true
  return parts.some((part) => {
    const before = shown.get(part.institutionId)
    return (
      !before ||
      before.seq !== part.seq ||
      before.state !== part.state ||
      before.reason !== part.reason ||
      before.isRequired !== part.isRequired
    )
  })
}

/** Names of failures, each once. */
function reasons(plan: Standing['plan']): string {
  const names = new Set(plan.flatMap(({ state, failure }) => (state === 'failed' ? (failure ?? []) : [])))
  return [...names].toSorted().join(', ') || 'SnapshotIncomplete'
}

const earliest = (instants: readonly Date[]): Date =>
  new Date(Math.min(...instants.map((instant) => instant.getTime())))
