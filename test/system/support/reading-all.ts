import type { UserId } from '../../../db/database.ts'
import { COLUMNS } from '../../../db/versioned-tables.ts'
import type { TestMoa } from '../moa.ts'
import type { TransactionCursor } from './readers.ts'

export type Shown = {
  snapshotNo: number
  status: string
  publishedAt: Date | null
  cutAt: Date
  isPurged: boolean
}

export const snapshotsOf = async (moa: TestMoa, userId: UserId): Promise<Shown[]> => [
  ...(await moa.test.owner<Shown[]>`
    SELECT snapshot_no AS "snapshotNo", status, published_at AS "publishedAt", cut_at AS "cutAt",
      purged_at IS NOT NULL AS "isPurged"
    FROM snapshots WHERE user_id = ${userId} ORDER BY snapshot_no`),
]

/** Every snapshot that was shown and not purged, whole, as a reader gets it whose pointer names it. */
export async function readEverything(moa: TestMoa, userId: UserId): Promise<Map<number, string>> {
  const { owner } = moa.test
  const point = (no: number, status: string) =>
    owner`UPDATE published_snapshots SET snapshot_no = ${no}, status = ${status}
      WHERE user_id = ${userId} AND view = 'latest'`
  const [latest] = await owner<{ no: number; status: string }[]>`
    SELECT snapshot_no AS no, status FROM published_snapshots WHERE user_id = ${userId} AND view = 'latest'`
  const read = new Map<number, string>()
  for (const { snapshotNo, status, publishedAt, isPurged } of await snapshotsOf(moa, userId)) {
    if (publishedAt === null || isPurged) continue
    await point(snapshotNo, status)
    const { publishedAt: _, ...snapshot } = (await moa.api.published.snapshot(userId, 'latest'))!
    read.set(snapshotNo, JSON.stringify([snapshot, await readPages(moa, userId, null)]))
  }
  if (latest) await point(latest.no, latest.status)
  return read
}

/** Page after page, from a cursor on; null once its snapshot is gone. */
export async function readPages(moa: TestMoa, userId: UserId, from: TransactionCursor | null, limit = 50) {
  const ids: string[] = []
  for (let after = from; ;) {
    const page = await moa.api.published.transactions(userId, 'latest', limit, after)
    if (!page) return null
    ids.push(...page.rows.map((row) => JSON.stringify(row)))
    const last = page.rows.at(-1)
    if (!last) return ids
    after = { snapshotNo: page.snapshotNo, occurredAt: last.occurredAt, id: last.id }
  }
}

const TABLES = Object.keys(COLUMNS)

const NOBODY_READS = `NOT EXISTS (SELECT FROM snapshot_institutions si
  WHERE si.user_id = $1 AND si.institution_id = r.institution_id`

/** What nobody can reach any more, counted by its plain meaning: each row against each cut. */
export async function unreachable(moa: TestMoa, userId: UserId): Promise<Record<string, number>> {
  const counts = [
    ...TABLES.map((table) => [
      table,
      `SELECT FROM ${table} r WHERE user_id = $1 AND removed_seq IS NOT NULL
      AND ${NOBODY_READS} AND si.seq >= r.introduced_seq AND si.seq < r.removed_seq)`,
    ]),
    [
      'collections',
      `SELECT FROM collections r JOIN user_institutions ui USING (user_id, institution_id)
      JOIN refreshes o USING (user_id, refresh_no)
      WHERE r.user_id = $1 AND r.seq < ui.current_seq AND o.closed_at IS NOT NULL AND ${NOBODY_READS} AND si.seq = r.seq)`,
    ],
    [
      'classifications',
      `SELECT FROM classifications k WHERE user_id = $1 AND removed_class_seq IS NOT NULL
      AND NOT EXISTS (SELECT FROM snapshots s WHERE s.user_id = $1 AND s.purged_at IS NULL
        AND s.class_seq >= k.introduced_class_seq AND s.class_seq < k.removed_class_seq)`,
    ],
    [
      'orphans',
      `SELECT FROM classifications k WHERE user_id = $1
      AND NOT EXISTS (SELECT FROM transactions t WHERE t.user_id = $1 AND t.id = k.transaction_id)`,
    ],
    [
      'parts',
      `SELECT FROM snapshot_institutions JOIN snapshots s USING (user_id, snapshot_no)
      WHERE user_id = $1 AND s.purged_at IS NOT NULL`,
    ],
    [
      'analyses',
      `SELECT FROM analyses JOIN snapshots s USING (user_id, snapshot_no)
      WHERE user_id = $1 AND s.purged_at IS NOT NULL`,
    ],
  ] as const
  const found: Record<string, number> = {}
  for (const [name, query] of counts) {
    const rows = await moa.test.owner.unsafe(query, [userId])
    if (rows.length > 0) found[name] = rows.length
  }
  return found
}

/** What the next reading is compared with, and from where it goes on. What was erased is neither, and may be gone. */
export async function whatIsLive(moa: TestMoa, userId: UserId): Promise<string> {
  const tables = await Promise.all(
    TABLES.map((table) =>
      moa.test.owner.unsafe(
        `SELECT to_jsonb(r) AS row FROM ${table} r JOIN user_institutions ui USING (user_id, institution_id)
         WHERE user_id = $1 AND removed_seq IS NULL AND introduced_seq > ui.erased_seq ORDER BY id`,
        [userId],
      ),
    ),
  )
  const marks = await moa.test
    .owner`SELECT * FROM watermarks WHERE user_id = ${userId} ORDER BY institution_id, asset, api`
  const heads = await moa.test
    .owner`SELECT * FROM user_institutions WHERE user_id = ${userId} ORDER BY institution_id`
  return JSON.stringify([tables, marks, heads])
}
