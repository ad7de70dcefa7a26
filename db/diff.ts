import { sql } from 'drizzle-orm'

import { DomainFailure } from '../domain/failures.ts'
import type { Extent, Kind, RowsOf, Section } from '../domain/reading.ts'
import { monthOf } from '../domain/time.ts'
import type { Tx } from './database.ts'
import { contentHash } from './sealing.ts'
import { assetColumn, COLUMNS, type Owner } from './versioned-tables.ts'

export type Changes = { introduced: number; removed: number }

type Live = { id: string; naturalKey: string; contentHash: string }

// The driver sends a hundred statements ahead of their answers; half of it leaves room for what else is on its way.
const AT_ONCE = 50

/**
 * Writes what a reading changes: rows that are new or different under the new number, rows that are gone marked with it.
 * What came again as it was costs nothing but the comparison. Removals stay inside what was asked for.
 */
export async function applySections(
  tx: Tx,
  owner: Owner,
  seq: number,
  sections: readonly Section[],
): Promise<Changes> {
  const total: Changes = { introduced: 0, removed: 0 }
  const full = sections.filter((section) => section.outcome === 'full')
  for (let from = 0; from < full.length; from += AT_ONCE) {
    // Compared first, all at once; then written one after another, which a quiet reading has nothing of.
    const compared = await Promise.all(
      full.slice(from, from + AT_ONCE).map((section) => compare(tx, owner, section)),
    )
    for (const { section, gone, fresh } of compared) {
      // Two statements, in this order: the unique index on live rows sees a closed row before its successor.
      if (gone.length > 0) await remove(tx, owner, section.kind, seq, gone)
      if (fresh.length > 0) await introduce(tx, owner, section.kind, seq, section.extent, fresh)
      if (gone.length > 0) await removeWhatHungOn(tx, owner, section.kind, seq)
      total.introduced += fresh.length
      total.removed += gone.length
    }
  }
  return total
}

type FullSection = Section & { outcome: 'full' }

async function compare(tx: Tx, owner: Owner, section: FullSection) {
  const wanted = keyed(owner, section.rows)
  const live = await liveRows(tx, owner, section.kind, section.extent, outside(section, wanted))
  const kept = new Set<string>()
  const gone: string[] = []
  for (const { id, naturalKey, contentHash: hash } of live) {
    if (wanted.get(naturalKey)?.hash === hash) kept.add(naturalKey)
    else gone.push(id)
  }
  const fresh = [...wanted].filter(([naturalKey]) => !kept.has(naturalKey))
  return { section, gone, fresh }
}

type Keyed<K extends Kind> = Map<string, { row: RowsOf[K]; hash: string }>

function keyed<K extends Kind>(owner: Owner, rows: readonly RowsOf[K][]): Keyed<K> {
  const byKey: Keyed<K> = new Map()
  for (const row of rows) {
    const naturalKey = owner.sealer.naturalKey(row.identity, owner.userId, owner.institutionId)
    if (byKey.has(naturalKey)) {
      throw new DomainFailure('UnexpectedResponse', `${owner.institutionId} sent one row twice`)
    }
    byKey.set(naturalKey, { row, hash: contentHash(row).toString() })
  }
  return byKey
}

/** Keys of rows that were sent although they lie outside the days asked for (an institution may date one ahead). */
function outside({ extent: { window } }: Section, wanted: Keyed<Kind>): string[] {
  if (window === null) return []
  return [...wanted].flatMap(([naturalKey, { row }]) => (isWithin(row, window) ? [] : [naturalKey]))
}

type Window = NonNullable<Extent['window']>

/** Bills are asked for by months, transactions by days; nothing else is. */
function isWithin(row: RowsOf[Kind], { from, to }: Window): boolean {
  if ('occurredOn' in row) return row.occurredOn >= from && row.occurredOn <= to
  return 'month' in row && row.month !== null && row.month >= monthOf(from) && row.month <= monthOf(to)
}

const within = (kind: Kind, { from, to }: Window) =>
  kind === 'bills'
    ? sql`month BETWEEN ${monthOf(from)} AND ${monthOf(to)}`
    : sql`occurred_on BETWEEN ${from}::date AND ${to}::date`

/** Live rows that the section speaks of: those inside its extent, and those it names itself. */
function liveRows(
  tx: Tx,
  { userId, institutionId, sealer }: Owner,
  kind: Kind,
  { api, asset, window }: Extent,
  named: readonly string[],
): Promise<Live[]> {
  const ofAsset =
    asset === null
      ? sql``
      : sql`AND ${sql.identifier(assetColumn(kind))} = ${sealer.naturalKey(asset, userId, institutionId)}::uuid`
  const inWindow =
    window === null
      ? sql``
      : sql`AND (${within(kind, window)} OR natural_key = ANY (${sql.param(named)}::text[]::uuid[]))`
  return tx.execute<Live>(sql`
    SELECT id::text, natural_key AS "naturalKey", content_hash::text AS "contentHash" FROM ${sql.identifier(kind)}
    WHERE user_id = ${userId} AND institution_id = ${institutionId} AND removed_seq IS NULL AND api = ${api}
      ${ofAsset} ${inWindow}`)
}

const remove = (tx: Tx, { userId }: Owner, kind: Kind, seq: number, ids: readonly string[]) =>
  tx.execute(sql`
    UPDATE ${sql.identifier(kind)} SET removed_seq = ${seq}
    WHERE user_id = ${userId} AND id = ANY (${sql.param(ids)}::text[]::int8[])`)

async function introduce<K extends Kind>(
  tx: Tx,
  owner: Owner,
  kind: K,
  seq: number,
  extent: Extent,
  fresh: [string, { row: RowsOf[K]; hash: string }][],
): Promise<void> {
  const columns = COLUMNS[kind]
  const names = sql.join(
    columns.map(({ name }) => sql.identifier(name)),
    sql`, `,
  )
  // One array of text a column: unnest beats COPY and VALUES at these sizes, and nothing passes through a float.
  const arrays = columns.map(
    ({ type, value }) =>
      sql`${sql.param(fresh.map(([, { row }]) => value(row, owner)))}::text[]::${sql.raw(type)}[]`,
  )
  await tx.execute(sql`
    INSERT INTO ${sql.identifier(kind)}
      (user_id, institution_id, introduced_seq, api, natural_key, content_hash, ${names})
    SELECT ${owner.userId}, ${owner.institutionId}, ${seq}, ${extent.api}, *
    FROM unnest(${sql.param(fresh.map(([naturalKey]) => naturalKey))}::text[]::uuid[],
      ${sql.param(fresh.map(([, { hash }]) => hash))}::text[]::int8[], ${sql.join(arrays, sql`, `)})`)
}

/** What hangs on a row by its key, and goes when that is gone. The bookings of an account remain, as history. */
const HUNG_ON: { [K in Kind]?: { kinds: readonly Kind[]; by: string } } = {
  accounts: { kinds: ['balances', 'contracts', 'holdings'], by: 'account_key' },
  bills: { kinds: ['bill_lines'], by: 'bill_key' },
}

async function removeWhatHungOn(
  tx: Tx,
  { userId, institutionId }: Owner,
  on: Kind,
  seq: number,
): Promise<void> {
  const { kinds, by } = HUNG_ON[on] ?? { kinds: [], by: '' }
  for (const kind of kinds) {
    await tx.execute(sql`
      UPDATE ${sql.identifier(kind)} held SET removed_seq = ${seq}
      WHERE user_id = ${userId} AND institution_id = ${institutionId} AND removed_seq IS NULL
        AND NOT EXISTS (SELECT FROM ${sql.identifier(on)} a WHERE a.user_id = ${userId}
          AND a.institution_id = ${institutionId} AND a.natural_key = held.${sql.identifier(by)}
          AND a.removed_seq IS NULL)`)
  }
}
