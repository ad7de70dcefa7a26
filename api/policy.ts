import type { Config } from '../config.ts'
import type { EventPolicy } from '../db/events.ts'

/** Settings that say how long a reading may take; they travel in plan rows, so only who opens plans reads them. */
export const READING_SETTINGS = [
  'CALL_TIMEOUT_MS',
  'ATTEMPT_TIMEOUT_MS',
  'READING_TIMEOUT_MS',
  'FIRST_ATTEMPT_TIMEOUT_MS',
  'FIRST_READING_TIMEOUT_MS',
  'HEARTBEAT_TIMEOUT_MS',
  'QUICK_TRIES',
  'WAITS_SECONDS',
  'HISTORY_MONTHS',
] as const

/** How readings that events ask for are to be made. */
export function createPolicy(config: Config<(typeof READING_SETTINGS)[number]>): EventPolicy {
  const always = {
    callMs: config.CALL_TIMEOUT_MS,
    heartbeatMs: config.HEARTBEAT_TIMEOUT_MS,
    quickTries: config.QUICK_TRIES,
    waitsMs: config.WAITS_SECONDS.split(',').map((seconds) => Number(seconds) * 1000),
  }
  const first = {
    ...always,
    attemptMs: config.FIRST_ATTEMPT_TIMEOUT_MS,
    readingMs: config.FIRST_READING_TIMEOUT_MS,
  }
  const later = { ...always, attemptMs: config.ATTEMPT_TIMEOUT_MS, readingMs: config.READING_TIMEOUT_MS }
  return { spanMonths: config.HISTORY_MONTHS, limitsFor: (isFirst) => (isFirst ? first : later) }
}
