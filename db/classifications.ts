import { and, eq, sql } from 'drizzle-orm'

import type { Cards, Classifiable, Classification } from '../domain/classification/rule.ts'
import { DomainFailure } from '../domain/failures.ts'
import { cardsOfCut, transactionsOfCut } from './cut-rows.ts'
import type { Database, Tx, UserId } from './database.ts'
import { lockSnapshot } from './locks.ts'
import { snapshots } from './schema/index.ts'

export type Classify = (transactions: readonly Classifiable[], cards: Cards) => Classification[]

export function createClassifications(database: Database) {
  /**
   * Classifies a cut that is being built, and writes only what differs from before. Its number is the snapshot's own,
   * so that an older snapshot never sees it. Answers how many rows changed. Superseded: the cut was published or discarded.
   */
  const classifyCut = (
    userId: UserId,
    snapshotNo: number,
    classify: Classify,
    classifier: number,
  ): Promise<{ classified: number; changed: number }> =>
    database.asUser(userId, async (tx) => {
      const snapshot = await lockSnapshot(tx, userId, snapshotNo)
      if (snapshot?.status !== 'building') {
        throw new DomainFailure('Superseded', `snapshot ${snapshotNo} is no longer being built`)
      }
      const [transactions, cards] = await Promise.all([
        transactionsOfCut(tx, userId, snapshotNo),
        cardsOfCut(tx, userId, snapshotNo),
      ])
      const wanted = classify(transactions, cards)
      const changed = await store(tx, userId, snapshotNo, classifier, wanted)
      await tx
        .update(snapshots)
        .set({ classSeq: snapshotNo })
        .where(and(eq(snapshots.userId, userId), eq(snapshots.snapshotNo, snapshotNo)))
      return { classified: wanted.length, changed }
    })

  return { classifyCut }
}

export type Classifications = ReturnType<typeof createClassifications>

async function store(
  tx: Tx,
  userId: UserId,
  classSeq: number,
  classifier: number,
  wanted: readonly Classification[],
): Promise<number> {
  const live = await tx.execute<Classification>(sql`
    SELECT transaction_id::text AS "transactionId", category, rule, confidence::text
    FROM classifications WHERE user_id = ${userId} AND removed_class_seq IS NULL`)
  const before = new Map(live.map((row) => [row.transactionId, row]))
  const changed = wanted.filter((now) => {
    const then = before.get(now.transactionId)
    return !then || then.category !== now.category || then.rule !== now.rule || !sameConfidence(then, now)
  })
  if (changed.length === 0) return 0
  const ids = sql`${sql.param(changed.map(({ transactionId }) => transactionId))}::text[]::int8[]`
  // What a try of this very cut wrote before it died is written over, not kept as history.
  await tx.execute(sql`
    DELETE FROM classifications
    WHERE user_id = ${userId} AND introduced_class_seq = ${classSeq} AND transaction_id = ANY (${ids})`)
  await tx.execute(sql`
    UPDATE classifications SET removed_class_seq = ${classSeq}
    WHERE user_id = ${userId} AND removed_class_seq IS NULL AND transaction_id = ANY (${ids})`)
  await tx.execute(sql`
    INSERT INTO classifications
      (user_id, transaction_id, introduced_class_seq, category, rule, confidence, classifier)
    SELECT ${userId}, id, ${classSeq}, category, rule, confidence, ${classifier}
    FROM unnest(${ids}, ${sql.param(changed.map(({ category }) => category))}::text[],
      ${sql.param(changed.map(({ rule }) => rule))}::text[],
      ${sql.param(changed.map(({ confidence }) => confidence))}::text[]::numeric[])
      AS classified (id, category, rule, confidence)`)
  return changed.length
}

const sameConfidence = (a: { confidence: string }, b: { confidence: string }): boolean =>
  Number(a.confidence) === Number(b.confidence)
