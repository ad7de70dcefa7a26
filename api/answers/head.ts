import { z } from 'zod'

import type { SnapshotSeen } from '../../db/published.ts'
import { reasonAnswer, reasonOf, reasonOrNull } from '../reasons.ts'
import { count, instant, institutionId, number } from './fields.ts'

const coverage = z
  .strictObject({
    institutionId,
    name: z.string(),
    state: z
      .enum(['fresh', 'carried_over', 'absent'])
      .meta({ description: 'As new as was asked; older; or nothing of it is in this snapshot.' }),
    asOf: instant.nullable().meta({ description: 'When its data was read; null if it is absent.' }),
    ageWhenPublishedMs: count
      .nullable()
      .meta({ description: 'How old its data was when the snapshot was published.' }),
    reason: reasonAnswer.nullable().meta({ description: 'Why it is older, absent or has gaps.' }),
    required: z.boolean().meta({ description: 'Whether the snapshot could be complete without it.' }),
    gaps: count.meta({ description: 'How many of its assets could not be read.' }),
  })
  .meta({ id: 'Coverage', description: 'How one institution stands in a snapshot.' })

/** What every answer from a snapshot says first: which one it is, and how whole. */
export const snapshotHead = z.strictObject({
  snapshotNo: number.meta({ description: 'Counts up from 1, per person.' }),
  status: z.enum(['complete', 'partial']),
  publishedAt: instant,
  refreshNo: number.meta({ description: 'The refresh that published it.' }),
  skewMs: count.nullable().meta({ description: 'How far apart its parts were read.' }),
  coverage: z.array(coverage),
})

export function headOf(seen: SnapshotSeen): z.infer<typeof snapshotHead> {
  const { snapshotNo, status, publishedAt, refreshNo, skewMs } = seen
  return {
    snapshotNo,
    status,
    publishedAt: publishedAt.toISOString(),
    refreshNo,
    skewMs,
    coverage: seen.coverage.map(({ institutionId: id, name, state, asOf, reason, isRequired, gaps }) => ({
      institutionId: id,
      name,
      state,
      asOf: asOf?.toISOString() ?? null,
      ageWhenPublishedMs: asOf ? Math.max(0, publishedAt.getTime() - asOf.getTime()) : null,
      reason: reasonOrNull(reason),
      required: isRequired,
      gaps,
    })),
  }
}

export const headExample = {
  snapshotNo: 41,
  status: 'complete',
  publishedAt: '2026-11-22T00:31:07.412Z',
  refreshNo: 38,
  skewMs: 172_800_000,
  coverage: [
    {
      institutionId: 'SBXBANK001',
      name: '모아은행',
      state: 'fresh',
      asOf: '2026-11-22T00:31:02.118Z',
      ageWhenPublishedMs: 5_294,
      reason: null,
      required: true,
      gaps: 0,
    },
    {
      institutionId: 'SBXBANK002',
      name: '한가람은행',
      state: 'carried_over',
      asOf: '2026-11-20T00:31:02.118Z',
      ageWhenPublishedMs: 172_805_294,
      reason: reasonOf('CredentialsRejected'),
      required: false,
      gaps: 0,
    },
  ],
} satisfies z.infer<typeof snapshotHead>
