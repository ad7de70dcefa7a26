import { bigint, customType, integer, numeric, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Bytes: sealed values and hashes. */
export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })

/** A user id leads every key of user data. Below 2^53: ids are counted, not drawn. */
export const userId = () => bigint('user_id', { mode: 'number' }).notNull()
export const institutionId = () => text('institution_id').notNull()

/** Our own instants, by the database's clock, to the millisecond, which is what a JavaScript Date can carry back. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })

/** An institution's wall clock (KST), as text: 'YYYY-MM-DD HH:mm:ss'. */
export const wallClock = (name: string) => timestamp(name, { mode: 'string', precision: 0 })

/** Money: 15 digits and 3 decimals, text in code. */
export const amount = (name: string) => numeric(name, { precision: 18, scale: 3 })
export const quantity = (name: string) => numeric(name, { precision: 29, scale: 8 })
export const rate = (name: string) => numeric(name, { precision: 12, scale: 6 })

/** What every versioned row carries: which collection brought it, and which found it gone. */
export const version = () => ({
  userId: userId(),
  id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
  institutionId: institutionId(),
  introducedSeq: integer('introduced_seq').notNull(),
  removedSeq: integer('removed_seq'),
  /** Keyed hash of the institution's own identity of the row. */
  naturalKey: uuid('natural_key').notNull(),
  contentHash: bigint('content_hash', { mode: 'bigint' }).notNull(),
  /** Which API brought it: an overdraft's deposit side and loan side do not remove each other's rows. */
  api: text('api').notNull(),
})
