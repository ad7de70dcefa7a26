import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'

import { bytes, instant, institutionId, userId } from './columns.ts'

export const users = pgTable(
  'users',
  {
    userId: bigint('user_id', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    /** Opaque; the only name of a user that the engine ever sees. */
    userKey: text('user_key').notNull(),
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    state: text('state').notNull().default('active'),
    cycleMs: bigint('cycle_ms', { mode: 'number' }).notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** When to look again for versions that no snapshot needs (db/purging.ts). */
    nextPurgeAt: instant('next_purge_at').notNull().defaultNow(),
  },
  (t) => [
    index('users_by_next_purge').on(t.nextPurgeAt, t.userId),
    unique('one_user_per_key').on(t.userKey),
    unique('one_user_per_subject').on(t.issuer, t.subject),
    check('user_state_is_known', sql`${t.state} IN ('active', 'closing', 'closed')`),
  ],
)

/** Who holds data. A row, not code; no user data. */
export const institutions = pgTable(
  'institutions',
  {
    institutionId: text('institution_id').primaryKey(),
    industry: text('industry').notNull(),
    name: text('name').notNull(),
    baseUrl: text('base_url').notNull(),
    /** An odd way of reading; null: the industry's own. */
    connector: text('connector'),
    /** When it may be read: hours by weekday, and what maintenance was announced (domain/windows.ts). */
    windows: jsonb('windows').notNull().default({ hours: null, maintenance: [] }),
    /** How many readings may be under way at once, by all workers together. */
    concurrency: integer('concurrency').notNull().default(100),
    state: text('state').notNull().default('active'),
    /** A pause that ends by itself; null: by an order. */
    pausedUntil: instant('paused_until'),
    /** Times of its own for a call and an attempt; null: those of the policy. */
    callMs: integer('call_ms'),
    attemptMs: integer('attempt_ms'),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    check('institution_state_is_known', sql`${t.state} IN ('active', 'paused', 'removed')`),
    check('concurrency_is_a_limit', sql`${t.concurrency} BETWEEN 1 AND 10000`),
    check('only_a_pause_ends', sql`${t.pausedUntil} IS NULL OR ${t.state} = 'paused'`),
    check('windows_have_a_form', sql`coalesce(jsonb_typeof(${t.windows} -> 'maintenance'), '') = 'array'`),
    check('call_ms_is_a_limit', sql`${t.callMs} BETWEEN 1000 AND 60000`),
    check('attempt_ms_is_a_limit', sql`${t.attemptMs} BETWEEN 5000 AND 1800000`),
  ],
)

/**
 * Who is reading an institution now. Unlogged: a crash of the database empties it, and what it held were leases. The
 * holder is a keyed hash; nobody can tell from it whose reading it is.
 */
export const institutionSlots = pgTable(
  'institution_slots',
  {
    institutionId: institutionId(),
    slotNo: integer('slot_no').notNull(),
    holder: uuid('holder'),
    expiresAt: instant('expires_at'),
  },
  (t) => [primaryKey({ columns: [t.institutionId, t.slotNo] })],
)

export const userInstitutions = pgTable(
  'user_institutions',
  {
    userId: userId(),
    institutionId: institutionId(),
    /** Moves with every grant, renewal, narrowing and end; fences whatever was begun under an earlier one. */
    generation: integer('generation').notNull(),
    currentSeq: integer('current_seq').notNull().default(0),
    erasedSeq: integer('erased_seq').notNull().default(0),
    /** What was collected under an earlier generation is shown to nobody: its consent has ended, not merely been renewed. */
    shownFromGeneration: integer('shown_from_generation').notNull().default(0),
    consentState: text('consent_state').notNull(),
    /** The failure that only its user can mend; said of it until they have. */
    needsUserBecause: text('needs_user_because'),
    /** How old its data may grow before it is read without its user asking; null: as the user's other institutions. */
    cycleMs: bigint('cycle_ms', { mode: 'number' }),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.institutionId] }),
    foreignKey({ columns: [t.userId], foreignColumns: [users.userId] }),
    foreignKey({ columns: [t.institutionId], foreignColumns: [institutions.institutionId] }),
    // The law's choice: one week to one month.
    check('cycle_is_the_users_choice', sql`${t.cycleMs} BETWEEN 604800000 AND 2678400000`),
    check('consent_state_is_known', sql`${t.consentState} IN ('active', 'needs_user', 'ended')`),
    check(
      'needs_user_with_a_cause',
      sql`(${t.consentState} = 'needs_user') = (${t.needsUserBecause} IS NOT NULL)`,
    ),
    check('erased_is_not_ahead', sql`${t.erasedSeq} <= ${t.currentSeq}`),
  ],
)

export const consents = pgTable(
  'consents',
  {
    userId: userId(),
    institutionId: institutionId(),
    generation: integer('generation').notNull(),
    scope: text('scope').notNull(),
    purpose: text('purpose').notNull(),
    grantedAt: instant('granted_at').notNull().defaultNow(),
    endsAt: instant('ends_at').notNull(),
    endedAt: instant('ended_at'),
    endedBecause: text('ended_because'),
    /** Whether the institution may be read on schedule (regular transmission); once only otherwise. */
    isRegular: boolean('is_regular').notNull().default(true),
    /** The authorization that it came from; null: it was enrolled. */
    requestId: uuid('request_id'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.institutionId, t.generation] }),
    // What is about to end, among all that ever was.
    index('consents_that_end')
      .on(t.endsAt)
      .where(sql`ended_at IS NULL`),
    foreignKey({
      columns: [t.userId, t.institutionId],
      foreignColumns: [userInstitutions.userId, userInstitutions.institutionId],
    }),
    check(
      'ended_with_a_cause',
      sql`(${t.endedAt} IS NULL) = (${t.endedBecause} IS NULL) AND (${t.endedBecause} IS NULL OR ${t.endedBecause} IN ('renewed', 'narrowed', 'revoked', 'expired', 'withdrawn'))`,
    ),
  ],
)

/**
 * A person was sent to an institution, or to one door of many, to agree; what comes back must match. The state is kept as
 * a hash: whoever reads this table can finish nobody's authorization.
 */
export const consentRequests = pgTable(
  'consent_requests',
  {
    userId: userId(),
    requestId: uuid('request_id').notNull(),
    stateHash: bytes('state_hash').notNull(),
    codeVerifierSealed: bytes('code_verifier_sealed').notNull(),
    /** The session that asked (the token's `sid`), as a hash; null: its tokens name none. */
    sessionHash: bytes('session_hash'),
    redirectUri: text('redirect_uri').notNull(),
    /** What was asked of each institution: [{institutionId, scope}]. */
    asked: jsonb('asked').notNull(),
    purpose: text('purpose').notNull(),
    isRegular: boolean('is_regular').notNull(),
    cycleMs: bigint('cycle_ms', { mode: 'number' }),
    endsAt: instant('ends_at').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
    /** Single use: who answers again with the same code is told the same. */
    usedAt: instant('used_at'),
    codeHash: bytes('code_hash'),
    answer: jsonb('answer'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.requestId] }),
    foreignKey({ columns: [t.userId], foreignColumns: [users.userId] }),
    unique('one_request_per_state').on(t.stateHash),
    index('consent_requests_by_expiry').on(t.expiresAt),
    check('used_with_an_answer', sql`(${t.usedAt} IS NULL) = (${t.answer} IS NULL)`),
  ],
)

/** That a consent is about to end, told once for each of 30, 7 and 1 days. */
export const consentNotices = pgTable(
  'consent_notices',
  {
    userId: userId(),
    institutionId: institutionId(),
    generation: integer('generation').notNull(),
    days: integer('days').notNull(),
    endsAt: instant('ends_at').notNull(),
    noticedAt: instant('noticed_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.institutionId, t.generation, t.days] }),
    foreignKey({
      columns: [t.userId, t.institutionId, t.generation],
      foreignColumns: [consents.userId, consents.institutionId, consents.generation],
    }),
  ],
)

/**
 * The end of a consent, and what is still to be done about it: tell the institution, delete what was held, publish what
 * remains, write the receipt. Tokens stay here, sealed, only until the institution has confirmed.
 */
export const revocations = pgTable(
  'revocations',
  {
    userId: userId(),
    revocationNo: integer('revocation_no').notNull(),
    institutionId: institutionId(),
    /** The generation that its fence began. */
    generation: integer('generation').notNull(),
    because: text('because').notNull(),
    /** What its user chose from a short list; no words of theirs are kept beyond what they concern. */
    reason: text('reason'),
    withDeletion: boolean('with_deletion').notNull(),
    /** Deletion takes every collection up to this number. */
    eraseUpTo: integer('erase_up_to').notNull(),
    /** The newest snapshot of before its fence; whatever has a higher number was cut without this institution. */
    fencedSnapshotNo: integer('fenced_snapshot_no').notNull().default(0),
    state: text('state').notNull().default('requested'),
    workflowId: text('workflow_id').notNull(),
    requestedAt: instant('requested_at').notNull().defaultNow(),
    begunAt: instant('begun_at'),
    accessTokenSealed: bytes('access_token_sealed'),
    refreshTokenSealed: bytes('refresh_token_sealed'),
    /** The generation and version that the tokens were sealed for. */
    tokensGeneration: integer('tokens_generation'),
    tokensVersion: integer('tokens_version'),
    /** What the institution said: confirmed, nothing_to_revoke, unconfirmed (its time limit passed); null: not yet. */
    institutionAnswer: text('institution_answer'),
    institutionAnsweredAt: instant('institution_answered_at'),
    institutionTries: integer('institution_tries').notNull().default(0),
    /** Why the last try brought no answer: a failure's name. */
    institutionFailure: text('institution_failure'),
    /** Rows deleted so far, by table. */
    deleted: jsonb('deleted').notNull().default({}),
    deletedAt: instant('deleted_at'),
    /** The snapshot that shows what remains. */
    snapshotNo: integer('snapshot_no'),
    /** Signed (JWS), for the user to keep and verify. */
    receipt: text('receipt'),
    receiptAt: instant('receipt_at'),
    /** Its run ended without having ended it: terminated by a person, most of all. An operator may have it go on. */
    stalledAt: instant('stalled_at'),
    stalledBecause: text('stalled_because'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.revocationNo] }),
    foreignKey({ columns: [t.userId], foreignColumns: [users.userId] }),
    // Who has withdrawn may ask for the deletion when the first is done: a second one, of the same end.
    unique('one_revocation_per_end').on(t.userId, t.institutionId, t.generation, t.withDeletion),
    index('revocations_under_way')
      .on(t.requestedAt)
      .where(sql`state <> 'done'`),
    check('revocation_state_is_known', sql`${t.state} IN ('requested', 'running', 'done')`),
    check('revocation_cause_is_known', sql`${t.because} IN ('revoked', 'expired', 'withdrawn', 'narrowed')`),
    check(
      'institution_answer_is_known',
      sql`${t.institutionAnswer} IN ('confirmed', 'nothing_to_revoke', 'unconfirmed')`,
    ),
    check('done_with_a_receipt', sql`(${t.state} = 'done') = (${t.receipt} IS NOT NULL)`),
    check(
      'answered_without_tokens',
      sql`${t.institutionAnswer} IS NULL OR (${t.accessTokenSealed} IS NULL AND ${t.refreshTokenSealed} IS NULL)`,
    ),
    check('revocation_reason_is_known', sql`${t.reason} IN ('no_longer_used', 'privacy', 'other')`),
    check('stalled_with_a_cause', sql`(${t.stalledAt} IS NULL) = (${t.stalledBecause} IS NULL)`),
  ],
)

/** Public halves of the keys that sign receipts, for as long as anyone may hold a receipt. */
export const receiptKeys = pgTable('receipt_keys', {
  keyId: text('key_id').primaryKey(),
  jwk: jsonb('jwk').notNull(),
  since: instant('since').notNull().defaultNow(),
})

/**
 * What an institution gave, sealed: a code that waits for its first reading, or tokens. The hash alone is comparable, so
 * that one token can never serve two users. Whoever calls for new tokens holds the lease; what is stored moves the version.
 */
export const credentials = pgTable(
  'credentials',
  {
    userId: userId(),
    institutionId: institutionId(),
    generation: integer('generation').notNull(),
    version: integer('version').notNull().default(1),
    codeSealed: bytes('code_sealed'),
    codeVerifierSealed: bytes('code_verifier_sealed'),
    redirectUri: text('redirect_uri'),
    accessTokenSealed: bytes('access_token_sealed'),
    refreshTokenSealed: bytes('refresh_token_sealed'),
    accessTokenHash: bytes('access_token_hash'),
    accessExpiresAt: instant('access_expires_at'),
    refreshExpiresAt: instant('refresh_expires_at'),
    leaseId: uuid('lease_id'),
    leaseUntil: instant('lease_until'),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.institutionId] }),
    foreignKey({
      columns: [t.userId, t.institutionId],
      foreignColumns: [userInstitutions.userId, userInstitutions.institutionId],
    }),
    unique('one_holder_per_token').on(t.accessTokenHash),
    check(
      'a_code_or_tokens',
      sql`(${t.codeSealed} IS NULL) <> (${t.accessTokenSealed} IS NULL) AND (${t.codeSealed} IS NULL) = (${t.codeVerifierSealed} IS NULL)
        AND (${t.accessTokenSealed} IS NULL) = (${t.accessTokenHash} IS NULL) AND (${t.accessTokenSealed} IS NULL) = (${t.accessExpiresAt} IS NULL)`,
    ),
    check('a_lease_ends', sql`(${t.leaseId} IS NULL) = (${t.leaseUntil} IS NULL)`),
  ],
)

/** Keys of users, wrapped by a key that is not in the database (db/keys.ts). */
export const dataKeys = pgTable(
  'data_keys',
  {
    userId: userId(),
    keyNo: integer('key_no').notNull(),
    wrappingKeyId: text('wrapping_key_id').notNull(),
    wrapped: bytes('wrapped').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.keyNo] }),
    // Which ids wrap anything is asked at every start.
    index('data_keys_by_wrapping').on(t.wrappingKeyId, t.userId, t.keyNo),
    foreignKey({ columns: [t.userId], foreignColumns: [users.userId] }),
    // A sealed value names its key in one byte.
    check('key_no_is_a_byte', sql`${t.keyNo} BETWEEN 1 AND 255`),
  ],
)

/**
 * Who did what, when, where, to whose data, and why. Only ever inserted; outlives the user, hence no foreign key. Who acts
 * gives all but number, time and role, which are the database's word.
 */
export const audit = pgTable(
  'audit',
  {
    auditNo: bigint('audit_no', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    at: instant('at').notNull().defaultNow(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    userKey: text('user_key'),
    institutionId: text('institution_id'),
    reason: text('reason'),
    details: jsonb('details').notNull().default({}),
    /** An address or a process; by default that of whoever is connected. Null: written before places were kept. */
    place: text('place').default(
      sql`current_setting('application_name') || '@' || coalesce(host(inet_client_addr()), 'local')`,
    ),
    dbRole: text('db_role').default(sql`session_user`),
  },
  (t) => [
    index('audit_by_user').on(t.userKey, t.auditNo),
    // An order by signal is a step of a run, and may be done twice.
    uniqueIndex('one_entry_per_order').on(sql`(details ->> 'orderId')`),
  ],
)

/**
 * The entries of the audit in the order of their commits, each bound to the one before: written by a trigger at the end of
 * each transaction, by nobody else, and never changed (migration chain_audit).
 */
export const auditChain = pgTable(
  'audit_chain',
  {
    position: bigint('position', { mode: 'number' }).primaryKey(),
    // No foreign key: its check would be one more statement in the one place where all writers wait for each other.
    auditNo: bigint('audit_no', { mode: 'number' }).notNull(),
    previousHash: bytes('previous_hash').notNull(),
    hash: bytes('hash').notNull(),
  },
  (t) => [unique('one_position_per_entry').on(t.auditNo)],
)

/** How far the chain reaches. One row; whoever adds an entry locks it last, so that positions have no gaps. */
export const auditHead = pgTable(
  'audit_head',
  {
    isOnly: boolean('is_only').primaryKey().default(true),
    position: bigint('position', { mode: 'number' }).notNull(),
    hash: bytes('hash').notNull(),
  },
  (t) => [check('there_is_one_head', sql`${t.isOnly}`)],
)
