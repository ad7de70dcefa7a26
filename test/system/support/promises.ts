import type postgres from 'postgres'

import type { UserId } from '../../../db/database.ts'
import { KINDS } from '../../../db/versioned-tables.ts'

/**
 * What must hold of a user's rows at every instant, asked of the database as its owner, past row-level security.
 * Answers what does not hold, in words; nothing when all is well.
 */
export async function brokenPromises(owner: postgres.Sql, userId: UserId): Promise<string[]> {
  const rows = await owner.unsafe<{ broken: string }[]>(PROMISES, [userId])
  return rows.map(({ broken }) => broken)
}

const OPEN = `('requested', 'running', 'parked')`
const PUBLISHED = `('complete', 'partial')`

/** Rows of one versioned table that a cut holds. */
const reachable = (table: string): string => `
  SELECT '${table}' AS kind, s.snapshot_no, r.institution_id, r.introduced_seq
  FROM mine_snapshots s JOIN mine_parts p USING (snapshot_no)
  JOIN ${table} r ON r.user_id = $1 AND r.institution_id = p.institution_id
    AND r.introduced_seq <= p.seq AND (r.removed_seq IS NULL OR r.removed_seq > p.seq)
  WHERE s.status IN ${PUBLISHED}`

/** Rows of one versioned table, whether a cut holds them or not. */
const stored = (table: string): string =>
  `SELECT '${table}' AS kind, institution_id, introduced_seq FROM ${table} WHERE user_id = $1`

const TABLES = KINDS

const PROMISES = `
WITH mine AS (SELECT * FROM user_institutions WHERE user_id = $1),
mine_refreshes AS (SELECT * FROM refreshes WHERE user_id = $1),
mine_plans AS (SELECT * FROM plans WHERE user_id = $1),
mine_collections AS (SELECT * FROM collections WHERE user_id = $1),
mine_snapshots AS (SELECT * FROM snapshots WHERE user_id = $1),
mine_parts AS (SELECT * FROM snapshot_institutions WHERE user_id = $1),
pointers AS (SELECT * FROM published_snapshots WHERE user_id = $1),
shown AS (SELECT p.*, s.status FROM mine_parts p JOIN mine_snapshots s USING (snapshot_no)
  WHERE s.status IN ${PUBLISHED} AND p.seq IS NOT NULL),
reachable AS (${TABLES.map(reachable).join(' UNION ALL ')})

SELECT 'P1: two refreshes are open' AS broken FROM mine_refreshes WHERE state IN ${OPEN} HAVING count(*) > 1

UNION ALL SELECT 'P2: the pointer ' || p.view || ' names a snapshot that is ' || s.status
FROM pointers p JOIN mine_snapshots s USING (snapshot_no)
WHERE s.status <> 'complete' AND (p.view = 'complete' OR s.status <> 'partial')

UNION ALL SELECT 'P2: latest is older than complete'
FROM pointers l JOIN pointers c ON l.view = 'latest' AND c.view = 'complete' WHERE l.snapshot_no < c.snapshot_no

UNION ALL SELECT 'P2: snapshot ' || s.snapshot_no || ' is complete, its refresh is ' || r.state
FROM mine_snapshots s JOIN mine_refreshes r USING (refresh_no) WHERE s.status = 'complete' AND r.state <> 'succeeded'

UNION ALL SELECT 'P2: refresh ' || r.refresh_no || ' succeeded without a complete snapshot'
FROM mine_refreshes r WHERE r.state = 'succeeded'
  AND NOT EXISTS (SELECT FROM mine_snapshots s WHERE s.refresh_no = r.refresh_no AND s.status = 'complete')

UNION ALL SELECT 'P2: two cuts are being built' FROM mine_snapshots WHERE status = 'building' HAVING count(*) > 1

UNION ALL SELECT 'P3: cut ' || p.snapshot_no || ' names erased data of ' || p.institution_id
FROM mine_parts p JOIN mine u USING (institution_id) WHERE p.seq <= u.erased_seq

UNION ALL SELECT 'P3: snapshot ' || r.snapshot_no || ' shows erased ' || r.kind || ' of ' || r.institution_id
FROM reachable r JOIN mine u USING (institution_id) WHERE r.introduced_seq <= u.erased_seq

UNION ALL SELECT 'P3: revocation ' || v.revocation_no || ' has deleted, and ' || left_over.kind || ' of ' || v.institution_id || ' are left'
FROM revocations v JOIN (${TABLES.map(stored).join(' UNION ALL ')}) left_over USING (institution_id)
WHERE v.user_id = $1 AND v.deleted_at IS NOT NULL AND left_over.introduced_seq <= v.erase_up_to

UNION ALL SELECT 'P3: revocation ' || v.revocation_no || ' is done, and snapshot ' || v.snapshot_no || ' shows ' || v.institution_id
FROM revocations v JOIN mine_parts p USING (snapshot_no, institution_id)
WHERE v.user_id = $1 AND v.state = 'done' AND p.generation < v.generation

UNION ALL SELECT 'P3: a category is left of a booking that is gone' FROM classifications k
WHERE k.user_id = $1 AND NOT EXISTS (SELECT FROM transactions t WHERE t.user_id = $1 AND t.id = k.transaction_id)

UNION ALL SELECT 'P3: the analysis of snapshot ' || a.snapshot_no || ' says other than its cut'
FROM analyses a JOIN mine_snapshots s USING (snapshot_no)
WHERE a.user_id = $1 AND s.user_id = $1 AND s.status IN ${PUBLISHED} AND a.analyser = 'quotes'
  AND (SELECT coalesce(array_agg(x::numeric ORDER BY x::numeric), '{}')
    FROM jsonb_array_elements_text(a.document -> 'amounts') x)
  <> (SELECT coalesce(array_agg(b.amount ORDER BY b.amount), '{}') FROM mine_parts p
    JOIN balances b ON b.user_id = $1 AND b.institution_id = p.institution_id
      AND b.introduced_seq <= p.seq AND (b.removed_seq IS NULL OR b.removed_seq > p.seq)
    WHERE p.snapshot_no = s.snapshot_no)

UNION ALL SELECT 'P4: collected row of ' || p.institution_id || ' does not answer what was asked of it'
FROM mine_plans p JOIN mine_refreshes r USING (refresh_no)
LEFT JOIN mine_collections c ON c.institution_id = p.institution_id AND c.seq = p.seq
WHERE r.state IN ${OPEN} AND p.state = 'collected'
  AND (c.seq IS NULL OR c.as_of < p.not_older_than OR c.generation <> p.generation)

UNION ALL SELECT 'P5: published data of ' || older.institution_id || ' goes back from snapshot ' || older.snapshot_no
  || ' to ' || newer.snapshot_no
FROM shown older JOIN shown newer USING (institution_id)
WHERE older.snapshot_no < newer.snapshot_no AND (newer.seq < older.seq OR newer.as_of < older.as_of)

UNION ALL SELECT 'P5: latest is older than complete for ' || c.institution_id
FROM pointers cp JOIN pointers lp ON cp.view = 'complete' AND lp.view = 'latest'
JOIN mine_parts c ON c.snapshot_no = cp.snapshot_no AND c.seq IS NOT NULL
JOIN mine u ON u.institution_id = c.institution_id AND u.consent_state <> 'ended'
  AND c.generation >= u.shown_from_generation
LEFT JOIN mine_parts l ON l.snapshot_no = lp.snapshot_no AND l.institution_id = c.institution_id
WHERE l.seq IS NULL OR l.seq < c.seq

UNION ALL SELECT 'P5: collections of ' || a.institution_id || ' go back in time'
FROM mine_collections a JOIN mine_collections b USING (institution_id) WHERE a.seq < b.seq AND a.as_of > b.as_of

UNION ALL SELECT 'P5: collections of ' || u.institution_id || ' have a hole'
FROM mine u WHERE u.current_seq <> (SELECT count(*) FROM mine_collections c WHERE c.institution_id = u.institution_id)
  AND EXISTS (SELECT FROM users WHERE user_id = $1 AND next_purge_at = created_at) -- a purge leaves holes

UNION ALL SELECT 'P5: the newest collection of ' || u.institution_id || ' is gone'
FROM mine u WHERE u.current_seq > 0
  AND NOT EXISTS (SELECT FROM mine_collections c WHERE c.institution_id = u.institution_id AND c.seq = u.current_seq)

UNION ALL SELECT 'purge: the pointer ' || p.view || ' names snapshot ' || s.snapshot_no || ', which was purged'
FROM pointers p JOIN mine_snapshots s USING (snapshot_no) WHERE s.purged_at IS NOT NULL

UNION ALL SELECT 'P7: refresh ' || p.refresh_no || ' is ' || r.state || ', a row of it ' || p.state
FROM mine_plans p JOIN mine_refreshes r USING (refresh_no)
WHERE r.state NOT IN ${OPEN} AND p.state IN ('pending', 'collecting')

UNION ALL SELECT 'P7: refresh ' || r.refresh_no || ' is parked, and nothing will wake it before ' || r.wake_at
FROM mine_refreshes r WHERE r.state = 'parked' AND NOT EXISTS (SELECT FROM mine_plans p
  WHERE p.refresh_no = r.refresh_no AND (p.unseen OR p.next_try_at IS NOT NULL))

UNION ALL SELECT 'P7: refresh ' || r.refresh_no || ' is parked beyond its deadline'
FROM mine_refreshes r WHERE r.wake_at > r.deadline

UNION ALL SELECT 'P7: refresh ' || p.refresh_no || ' is closed, and ' || p.institution_id || ' waits all the same'
FROM mine_plans p JOIN mine_refreshes r USING (refresh_no)
WHERE r.state NOT IN ${OPEN} AND p.next_try_at IS NOT NULL

UNION ALL SELECT 'P7: an attempt is open in refresh ' || a.refresh_no || ', which is ' || r.state
FROM attempts a JOIN mine_refreshes r USING (refresh_no)
WHERE a.user_id = $1 AND a.ended_at IS NULL AND r.state NOT IN ${OPEN}

UNION ALL SELECT 'consent: ' || u.institution_id || ' is ' || u.consent_state || ' and has a token all the same'
FROM mine u JOIN credentials k ON k.user_id = $1 AND k.institution_id = u.institution_id
WHERE u.consent_state = 'ended'

UNION ALL SELECT 'consent: ' || u.institution_id || ' has no consent of its generation'
FROM mine u WHERE u.consent_state <> 'ended' AND NOT EXISTS (
  SELECT FROM consents c JOIN credentials k USING (user_id, institution_id, generation)
  WHERE c.user_id = $1 AND c.institution_id = u.institution_id AND c.generation = u.generation AND c.ended_at IS NULL)

UNION ALL SELECT 'consent: two stand for ' || institution_id FROM consents WHERE user_id = $1 AND ended_at IS NULL
GROUP BY institution_id HAVING count(*) > 1

UNION ALL SELECT 'rows: a booking in snapshot ' || s.snapshot_no || ' is classified ' || count(k.*) || ' times'
FROM mine_snapshots s JOIN mine_parts p USING (snapshot_no)
JOIN transactions t ON t.user_id = $1 AND t.institution_id = p.institution_id
  AND t.introduced_seq <= p.seq AND (t.removed_seq IS NULL OR t.removed_seq > p.seq)
LEFT JOIN classifications k ON k.user_id = $1 AND k.transaction_id = t.id AND k.introduced_class_seq <= s.class_seq
  AND (k.removed_class_seq IS NULL OR k.removed_class_seq > s.class_seq)
WHERE s.status IN ${PUBLISHED} GROUP BY s.snapshot_no, t.id HAVING count(k.*) <> 1
`
