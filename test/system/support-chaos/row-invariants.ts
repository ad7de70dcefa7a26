import type { Evidence, Invariant, Violation } from './invariants.ts'

/** A question to the database whose every answer is a violation; `$1` are the ids of the people. */
type Question = { invariant: Invariant; says: string; rows: string }

const OPEN = `('requested', 'running', 'parked')`
const PUBLISHED = `('complete', 'partial')`
// An event, and whoever closes, are dated by the beginning of their transactions, and wait for one lock: five tries of it.
const LOCK_WAITS = `interval '10 seconds'`

const COMPLETE = `snapshots s JOIN snapshot_institutions p USING (user_id, snapshot_no)
  WHERE s.user_id = ANY ($1) AND s.status = 'complete' AND s.purged_at IS NULL`

const QUESTIONS: readonly Question[] = [
  {
    invariant: 'I1',
    says: 'an accepted event has no refresh',
    rows: `SELECT user_id, event_id, outcome, refresh_no FROM events e
      WHERE user_id = ANY ($1) AND outcome IN ('started', 'joined') AND NOT EXISTS (
        SELECT FROM refreshes r WHERE r.user_id = e.user_id AND r.refresh_no = e.refresh_no)`,
  },
  {
    invariant: 'I1',
    says: 'a refresh did not end by its deadline',
    rows: `SELECT user_id, refresh_no, state, deadline, closed_at FROM refreshes
      WHERE user_id = ANY ($1) AND coalesce(closed_at, now()) > deadline + interval '1 minute'`,
  },
  {
    invariant: 'I1',
    says: 'a refresh neither ended nor waits for a time',
    rows: `SELECT user_id, refresh_no, state, opened_at FROM refreshes
      WHERE user_id = ANY ($1) AND state IN ('requested', 'running')`,
  },
  {
    invariant: 'I2',
    says: 'a complete snapshot lacks a required part',
    rows: `SELECT s.user_id, s.snapshot_no, p.institution_id, p.state, p.reason, p.gaps FROM ${COMPLETE}
        AND p.is_required AND (p.state <> 'fresh' OR p.reason IS NOT NULL OR p.gaps <> '[]'::jsonb)`,
  },
  {
    invariant: 'I2',
    says: 'a complete snapshot has a part that is older than was asked, or of another consent',
    rows: `SELECT s.user_id, s.snapshot_no, p.institution_id, p.as_of, p.generation FROM ${COMPLETE}
        AND p.is_required AND NOT EXISTS (
        SELECT FROM refreshes r JOIN collections c USING (user_id)
        LEFT JOIN plans a ON a.user_id = r.user_id AND a.refresh_no = r.refresh_no AND a.institution_id = p.institution_id
        WHERE r.user_id = s.user_id AND r.refresh_no = s.refresh_no AND c.institution_id = p.institution_id
          AND c.seq = p.seq AND c.generation = p.generation AND c.as_of = p.as_of
          AND c.as_of >= coalesce(a.not_older_than, r.base_not_older_than)
          AND p.generation = coalesce(a.generation, p.generation))`,
  },
  {
    invariant: 'I2',
    says: 'a complete snapshot has rows that are not classified once',
    rows: `SELECT s.user_id, s.snapshot_no, t.id, count(k.*)::int AS categories FROM snapshots s
      JOIN snapshot_institutions p USING (user_id, snapshot_no)
      JOIN transactions t ON t.user_id = s.user_id AND t.institution_id = p.institution_id
        AND t.introduced_seq <= p.seq AND (t.removed_seq IS NULL OR t.removed_seq > p.seq)
      LEFT JOIN classifications k ON k.user_id = s.user_id AND k.transaction_id = t.id
        AND k.introduced_class_seq <= s.class_seq
        AND (k.removed_class_seq IS NULL OR k.removed_class_seq > s.class_seq)
      WHERE s.user_id = ANY ($1) AND s.status = 'complete' AND s.purged_at IS NULL
      GROUP BY s.user_id, s.snapshot_no, t.id HAVING count(k.*) <> 1`,
  },
  {
    invariant: 'I2',
    says: 'a complete snapshot lacks a required analysis',
    rows: `SELECT s.user_id, s.snapshot_no, (SELECT count(*)::int FROM analyses a
        WHERE a.user_id = s.user_id AND a.snapshot_no = s.snapshot_no) AS analyses
      FROM snapshots s WHERE s.user_id = ANY ($1) AND s.status = 'complete' AND s.purged_at IS NULL AND (
        NOT EXISTS (SELECT FROM analyses a WHERE a.user_id = s.user_id AND a.snapshot_no = s.snapshot_no)
        OR EXISTS (SELECT FROM analyses a WHERE a.user_id = s.user_id AND a.snapshot_no = s.snapshot_no
          AND a.is_required AND a.failure IS NOT NULL))`,
  },
  {
    invariant: 'I2',
    says: 'a complete snapshot was not published by the transaction that closed its refresh',
    rows: `SELECT s.user_id, s.snapshot_no, r.state, s.published_at, r.closed_at
      FROM snapshots s JOIN refreshes r USING (user_id, refresh_no)
      WHERE s.user_id = ANY ($1) AND s.status = 'complete'
        AND (r.state <> 'succeeded' OR s.published_at IS DISTINCT FROM r.closed_at)`,
  },
  {
    invariant: 'I3',
    says: 'a view does not show its newest snapshot',
    rows: `SELECT n.user_id, n.view, n.newest, v.snapshot_no AS shown FROM (
        SELECT user_id, 'latest' AS view, max(snapshot_no) AS newest FROM snapshots
        WHERE user_id = ANY ($1) AND status IN ${PUBLISHED} GROUP BY user_id
        UNION ALL SELECT user_id, 'complete', max(snapshot_no) FROM snapshots
        WHERE user_id = ANY ($1) AND status = 'complete' GROUP BY user_id
      ) n LEFT JOIN published_snapshots v USING (user_id, view) WHERE v.snapshot_no IS DISTINCT FROM n.newest`,
  },
  {
    invariant: 'I3',
    says: 'a published snapshot shows an older part than the one before it',
    rows: `SELECT a.user_id, a.institution_id, a.snapshot_no AS before, b.snapshot_no AS after, a.seq, b.seq AS then
      FROM snapshot_institutions a JOIN snapshots sa USING (user_id, snapshot_no)
      JOIN snapshot_institutions b ON b.user_id = a.user_id AND b.institution_id = a.institution_id
      JOIN snapshots sb ON sb.user_id = b.user_id AND sb.snapshot_no = b.snapshot_no
      WHERE a.user_id = ANY ($1) AND sa.status IN ${PUBLISHED} AND sb.status IN ${PUBLISHED}
        AND a.snapshot_no < b.snapshot_no AND (b.seq < a.seq OR b.as_of < a.as_of)`,
  },
  {
    invariant: 'I3',
    says: 'snapshots were not published in the order of their numbers',
    rows: `SELECT a.user_id, a.snapshot_no AS before, b.snapshot_no AS after, a.published_at, b.published_at AS then
      FROM snapshots a JOIN snapshots b ON b.user_id = a.user_id AND b.snapshot_no > a.snapshot_no
      WHERE a.user_id = ANY ($1) AND b.published_at < a.published_at`,
  },
  {
    invariant: 'I4',
    says: 'one booking of an institution has two versions at once',
    rows: `SELECT a.user_id, a.institution_id, a.natural_key, a.id, b.id AS twin
      FROM transactions a JOIN transactions b USING (user_id, institution_id, natural_key)
      WHERE a.user_id = ANY ($1) AND a.id < b.id
        AND int4range(a.introduced_seq, a.removed_seq) && int4range(b.introduced_seq, b.removed_seq)`,
  },
  {
    invariant: 'I6',
    says: 'a user has two open refreshes',
    rows: `SELECT user_id, array_agg(refresh_no) AS refreshes FROM refreshes
      WHERE user_id = ANY ($1) AND state IN ${OPEN} GROUP BY user_id HAVING count(*) > 1`,
  },
  {
    invariant: 'I6',
    says: 'an event joined a refresh that was over',
    rows: `SELECT e.user_id, e.event_id, e.refresh_no, e.occurred_at, r.closed_at
      FROM events e JOIN refreshes r USING (user_id, refresh_no)
      WHERE e.user_id = ANY ($1) AND e.outcome IN ('started', 'joined')
        AND (e.occurred_at > r.closed_at + ${LOCK_WAITS} OR e.occurred_at < r.opened_at - ${LOCK_WAITS})`,
  },
  {
    invariant: 'I6',
    says: 'two events started one refresh',
    rows: `SELECT user_id, refresh_no, array_agg(event_id) AS events FROM events
      WHERE user_id = ANY ($1) AND outcome = 'started' GROUP BY user_id, refresh_no HAVING count(*) > 1`,
  },
]

/** What the rows of these people say by themselves, and against what was promised to callers. */
export async function rowViolations(evidence: Evidence): Promise<Violation[]> {
  const { owner } = evidence.moa.test
  const users = evidence.people.map(({ userId }) => userId)
  const answered = await Promise.all(
    QUESTIONS.map(async ({ invariant, says, rows }) => ({
      invariant,
      says,
      rows: await owner.unsafe<Record<string, unknown>[]>(rows, [users]),
    })),
  )
  const promised = await Promise.all([unknownAcceptances(evidence), lateRecoveries(evidence)])
  return [...answered, ...promised].filter(({ rows }) => rows.length > 0)
}

/** A caller has a number; the rows do not. */
async function unknownAcceptances({ moa, accepted = [] }: Evidence): Promise<Violation> {
  const known = await moa.test.owner<{ userKey: string; refreshNo: number }[]>`
    SELECT user_key AS "userKey", refresh_no AS "refreshNo" FROM refreshes JOIN users USING (user_id)`
  const names = new Set(known.map(nameOf))
  return {
    invariant: 'I1',
    says: 'what a caller was promised is unknown',
    rows: accepted.filter((one) => !names.has(nameOf(one))),
  }
}

const nameOf = ({ userKey, refreshNo }: { userKey: string; refreshNo: number }) => `${userKey}/${refreshNo}`

/** What was accepted while something was broken ended within the stated time of its mending, and nobody had to help. */
async function lateRecoveries({ moa, people, recovery }: Evidence): Promise<Violation> {
  const says = 'what was accepted before the faults ended took longer than stated, or needed an operator'
  if (!recovery) return { invariant: 'I12', says, rows: [] }
  const users = people.map(({ userId }) => userId)
  const keys = people.map(({ userKey }) => userKey)
  const from = new Date(recovery.from)
  const by = new Date(recovery.from + recovery.withinMs)
  const late = await moa.test.owner`
    SELECT user_id, refresh_no, state, opened_at, closed_at FROM refreshes
    WHERE user_id = ANY (${users}) AND opened_at <= ${from} AND coalesce(closed_at, now()) > ${by}`
  const helped = await moa.test.owner`
    SELECT audit_no, actor, action FROM audit
    WHERE user_key = ANY (${keys}) AND starts_with(action, 'refresh.')`
  return { invariant: 'I12', says, rows: [...late, ...helped] }
}
