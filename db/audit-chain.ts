import { sql } from 'drizzle-orm'

import { type Anchor, BEGINNING, complaint, readLinks } from './audit-links.ts'
import type { Database } from './database.ts'

/** The first thing that is not as it was written: at a position, or beside the chain (null). */
export type Finding = { at: number | null; says: string }

export type Verified = { finding: Finding } | { finding: null; upTo: Anchor; entries: number }

export type VerifyOptions = {
  /** Begin after this place, which an earlier run has reached. */
  from: Anchor | null
  /** Must stand on the chain. */
  anchors: readonly Anchor[]
  /** Hears after each page how far it is. */
  onPage: (reached: Anchor) => void
}

// An entry has a kilobyte or so: a megabyte in memory. Of numbers alone ten times as many.
const LINKS_AT_ONCE = 1_000
const NUMBERS_AT_ONCE = 10_000

/** Walks along the audit's chain and computes it again. Reads only, in pages; entries may be added meanwhile. */
export function createAuditChain(database: Database) {
  /** How far the chain reaches now. Null: its head is gone. */
  const head = (): Promise<Anchor | null> =>
    database.asNobody(async (tx) => {
      const [row] = await tx.execute<Anchor>(
        sql`SELECT position::float8 AS position, encode(hash, 'hex') AS hash FROM audit_head`,
      )
      return row ?? null
    })

  /** Whether every entry up to the head stands as it was written, and nothing beside; or the first that does not. */
  async function verify(options: VerifyOptions): Promise<Verified> {
    const end = await head()
    if (!end) return found(null, 'the head of the chain is gone')
    const begin = options.from ?? BEGINNING
    if (!(await stands(begin))) return found(begin.position, 'is not what it was when --from was noted')
    const walked = await walk(begin, end, options)
    if ('finding' in walked) return walked
    if (walked.hash !== end.hash) return found(end.position, 'is not what the head of the chain says')
    return (
      (await missedAnchor(begin, end, options.anchors)) ??
      (await behindTheHead()) ??
      (await besideTheChain()) ?? { finding: null, upTo: walked, entries: walked.position - begin.position }
    )
  }

  async function walk(
    begin: Anchor,
    end: Anchor,
    { anchors, onPage }: VerifyOptions,
  ): Promise<Anchor | { finding: Finding }> {
    const anchored = new Map(anchors.map(({ position, hash }) => [position, hash]))
    let reached = begin
    while (reached.position < end.position) {
      const after = reached.position
      const links = await database.asNobody((tx) => readLinks(tx, after, end.position, LINKS_AT_ONCE))
      if (links.length === 0) return found(after + 1, 'is gone, and all after it')
      for (const link of links) {
        const says = complaint(link, reached)
        if (says !== null) return found(reached.position + 1, says)
        reached = { position: link.position, hash: link.hash }
        if ((anchored.get(reached.position) ?? reached.hash) !== reached.hash)
          return found(reached.position, WRITTEN_ANEW)
      }
      onPage(reached)
    }
    return reached
  }

  /** Anchors that the walk did not come by: before its beginning, and beyond what is left. */
  async function missedAnchor(
    begin: Anchor,
    end: Anchor,
    anchors: readonly Anchor[],
  ): Promise<Verified | null> {
    const beyond = anchors.find(({ position }) => position > end.position)
    if (beyond)
      return found(end.position + 1, `is gone, and all after it, to the anchor at ${beyond.position}`)
    for (const anchor of anchors.filter(({ position }) => position <= begin.position)) {
      if (!(await stands(anchor))) return found(anchor.position, WRITTEN_ANEW)
    }
    return null
  }

  const stands = ({ position, hash }: Anchor): Promise<boolean> =>
    database.asNobody(async (tx) => {
      if (position === 0) return hash === BEGINNING.hash
      const rows = await tx.execute(
        sql`SELECT 1 FROM audit_chain WHERE position = ${position} AND encode(hash, 'hex') = ${hash}`,
      )
      return rows.length > 0
    })

  /** Looked up in one statement: both as they were at one moment. */
  const behindTheHead = (): Promise<Verified | null> =>
    database.asNobody(async (tx) => {
      const [row] = await tx.execute<{ position: number }>(sql`
        SELECT min(c.position)::float8 AS position FROM audit_chain c, audit_head h
        WHERE c.position > h.position HAVING count(*) > 0`)
      return row ? found(row.position, 'stands behind the head of the chain') : null
    })

  /** In pages of numbers, so that no statement takes longer the more entries there are. */
  async function besideTheChain(): Promise<Verified | null> {
    for (let after = '0'; ;) {
      const from = after
      const rows = await database.asNobody((tx) =>
        tx.execute<{ auditNo: string; isChained: boolean }>(sql`
          SELECT a.audit_no::text AS "auditNo", c.audit_no IS NOT NULL AS "isChained"
          FROM audit a LEFT JOIN audit_chain c USING (audit_no)
          WHERE a.audit_no > ${from}::text::int8 ORDER BY a.audit_no LIMIT ${NUMBERS_AT_ONCE}`),
      )
      const beside = rows.find(({ isChained }) => !isChained)
      if (beside) return found(null, `the entry numbered ${beside.auditNo} was put in beside the chain`)
      const last = rows.at(-1)
      if (!last) return null
      after = last.auditNo
    }
  }

  return { head, verify }
}

export type AuditChain = ReturnType<typeof createAuditChain>

const WRITTEN_ANEW = 'is not what its anchor says: the chain was written anew'

const found = (at: number | null, says: string): { finding: Finding } => ({ finding: { at, says } })
