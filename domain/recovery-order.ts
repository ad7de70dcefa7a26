import type { Permit } from './breaker.ts'

/** A refresh that waits for an institution, or a person who lacks it. */
export type Waiting = {
  id: string
  /** As in the event map: 1 and 2 are people, whoever comes after is a schedule. */
  priority: number
  /** Since when it waits. */
  since: number
}

export type Room = {
  permit: Permit
  /** How many readings the institution bears at once, and how many are under way or were woken and are on their way. */
  concurrency: number
  busy: number
}

const LAST_OF_USERS = 2

// Scheduled work leaves a quarter of the slots to people.
const SHARE_OF_SCHEDULES = 0.75

// What has room is not filled at one instant: a quarter of it at each look, and the looks follow each other within a second.
const SHARE_OF_A_LOOK = 0.25

/** Whom to wake at one look: people before schedules, who waited longest first, never more than there is room for. */
export function nextToWake<T extends Waiting>(waiting: readonly T[], room: Room): T[] {
  const free = roomFor(room)
  const atOnce = Math.ceil(free * SHARE_OF_A_LOOK)
  const forSchedules = freeForSchedules(room)
  return waiting
    .toSorted(inOrder)
    .slice(0, atOnce)
    .filter(({ priority }, place) => priority <= LAST_OF_USERS || place < forSchedules)
}

/** How many more readings may begin now: none while it is not called, one where a probe is due, else what is free. */
export function roomFor({ permit, concurrency, busy }: Room): number {
  const free = Math.max(0, concurrency - busy)
  if (permit === 'go') return free
  return permit === 'probe' ? Math.min(1, free) : 0
}

/** A probe may be anybody's: an institution for which only schedules wait heals, too. */
function freeForSchedules(room: Room): number {
  if (room.permit === 'probe') return 1
  const most = Math.max(1, Math.floor(room.concurrency * SHARE_OF_SCHEDULES))
  return Math.max(0, most - room.busy)
}

const inOrder = (one: Waiting, other: Waiting): number =>
  one.priority - other.priority || one.since - other.since || (one.id < other.id ? -1 : 1)
