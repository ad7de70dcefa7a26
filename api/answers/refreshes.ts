import { z } from 'zod'

import type { RefreshProgress } from '../../db/refresh-progress.ts'
import { FAILURES, isFailureName } from '../../domain/failures.ts'
import { reasonAnswer, reasonOrNull, reasonsOf } from '../reasons.ts'
import { count, instant, number } from './fields.ts'

const waits = z
  .enum(['next_try', 'user', 'operator', 'developer'])
  .nullable()
  .meta({ description: 'What it waits for, if it waits: its next try, or somebody who must act.' })

const reading = z
  .strictObject({
    institutionId: z.string(),
    name: z.string(),
    state: z.enum(['pending', 'collecting', 'collected', 'failed', 'withdrawn', 'excused']),
    outcome: z
      .enum(['changed', 'unchanged'])
      .nullable()
      .meta({ description: 'Whether the reading brought anything new; null while there is none.' }),
    failure: reasonAnswer.nullable(),
    nextTryAt: instant.nullable().meta({ description: 'When it is read again, if that is known.' }),
    waits,
    rows: count.nullable().meta({
      description: 'Rows that the last attempt wrote: new, changed or gone; null while it goes on.',
    }),
    attempts: count,
    durationMs: count.nullable().meta({ description: 'Of the last attempt; null while it goes on.' }),
  })
  .meta({ id: 'Reading', description: 'How the reading of one institution stands.' })

export const refreshAnswer = z
  .strictObject({
    refreshNo: number,
    state: z.enum([
      'requested',
      'running',
      'parked',
      'succeeded',
      'incomplete',
      'failed',
      'cancelled',
      'lost',
    ]),
    openedAt: instant,
    begunAt: instant.nullable(),
    closedAt: instant.nullable(),
    wakeAt: instant
      .nullable()
      .meta({ description: 'While it is parked: when it goes on by itself, at its deadline at the latest.' }),
    closedBecause: z
      .array(reasonAnswer)
      .meta({ description: 'Empty while it is open, and if it succeeded.' }),
    institutions: z.array(reading),
    snapshot: z
      .strictObject({ snapshotNo: number, status: z.enum(['complete', 'partial']) })
      .nullable()
      .meta({ description: 'What it published last, if anything.' }),
  })
  .meta({ id: 'Refresh', description: 'One order to make a person’s data fresh, and how it stands.' })

type Found = NonNullable<Awaited<ReturnType<RefreshProgress['of']>>>

export function refreshOf(found: Found): z.infer<typeof refreshAnswer> {
  const institutions = found.readings.map(readingOf)
  return {
    refreshNo: found.refreshNo,
    state: found.state,
    openedAt: found.openedAt.toISOString(),
    begunAt: found.begunAt?.toISOString() ?? null,
    closedAt: found.closedAt?.toISOString() ?? null,
    wakeAt: found.wakeAt?.toISOString() ?? null,
    closedBecause: reasonsOf(found.closedBecause),
    institutions,
    snapshot: found.snapshot,
  }
}

const readingOf = (given: Found['readings'][number]): z.infer<typeof reading> => ({
  institutionId: given.institutionId,
  name: given.name,
  state: given.state,
  outcome: given.outcome,
  failure: reasonOrNull(given.failure),
  nextTryAt: given.nextTryAt?.toISOString() ?? null,
  waits: waitsFor(given),
  rows: given.rows,
  attempts: given.attempts,
  durationMs: between(given.startedAt, given.endedAt),
})

function waitsFor({ state, failure, nextTryAt }: Found['readings'][number]): z.infer<typeof waits> {
  if (nextTryAt !== null) return 'next_try'
  if (state !== 'failed' || failure === null || !isFailureName(failure)) return null
  const { acts } = FAILURES[failure]
  return acts === 'nobody' ? null : acts
}

const between = (begunAt: Date | null, endedAt: Date | null): number | null =>
  begunAt && endedAt ? Math.max(0, endedAt.getTime() - begunAt.getTime()) : null

export const refreshExample = {
  refreshNo: 38,
  state: 'succeeded',
  openedAt: '2026-11-22T00:31:01.902Z',
  begunAt: '2026-11-22T00:31:01.988Z',
  closedAt: '2026-11-22T00:31:07.412Z',
  wakeAt: null,
  closedBecause: [],
  institutions: [
    {
      institutionId: 'SBXBANK001',
      name: '모아은행',
      state: 'collected',
      outcome: 'changed',
      failure: null,
      nextTryAt: null,
      waits: null,
      rows: 3,
      attempts: 1,
      durationMs: 812,
    },
  ],
  snapshot: { snapshotNo: 41, status: 'complete' },
} satisfies z.infer<typeof refreshAnswer>
