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
    windows: jsonb('windows').notNull().default([]),
    /** How many readings may be under way at once, by all workers together. */
    concurrency: integer('concurrency').notNull().default(100),
    state: text('state').notNull().default('active'),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    check('institution_state_is_known', sql`${t.state} IN ('active', 'paused', 'removed')`),
    check('concurrency_is_a_limit', sql`${t.concurrency} BETWEEN 1 AND 10000`),
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
    consentState: text('consent_state').notNull(),
    /** The failure that only its user can mend; said of it until they have. */
    needsUserBecause: text('needs_user_because'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.institutionId] }),
    foreignKey({ columns: [t.userId], foreignColumns: [users.userId] }),
    foreignKey({ columns: [t.institutionId], foreignColumns: [institutions.institutionId] }),
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
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.institutionId, t.generation] }),
    foreignKey({
      columns: [t.userId, t.institutionId],
      foreignColumns: [userInstitutions.userId, userInstitutions.institutionId],
    }),
    check(
      'ended_with_a_cause',
      sql`(${t.endedAt} IS NULL) = (${t.endedBecause} IS NULL) AND (${t.endedBecause} IS NULL OR ${t.endedBecause} IN ('renewed', 'revoked', 'expired', 'withdrawn'))`,
    ),
  ],
)

/** Tokens, sealed; the hash alone is comparable, so that one token can never serve two users. */
export const credentials = pgTable(
  'credentials',
  {
    userId: userId(),
    institutionId: institutionId(),
    generation: integer('generation').notNull(),
    accessTokenSealed: bytes('access_token_sealed').notNull(),
    refreshTokenSealed: bytes('refresh_token_sealed'),
    accessTokenHash: bytes('access_token_hash').notNull(),
    accessExpiresAt: instant('access_expires_at').notNull(),
    refreshExpiresAt: instant('refresh_expires_at'),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.institutionId] }),
    foreignKey({
      columns: [t.userId, t.institutionId],
      foreignColumns: [userInstitutions.userId, userInstitutions.institutionId],
    }),
    unique('one_holder_per_token').on(t.accessTokenHash),
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
