import { sql } from 'drizzle-orm'

import type { Cut, Document } from '../domain/analysis/analyser.ts'
import { DomainFailure, type FailureName } from '../domain/failures.ts'
import { readCut } from './cut-rows.ts'
import type { Database, UserId } from './database.ts'
import { lockSnapshot } from './locks.ts'
import { analyses } from './schema/index.ts'

export type Analysed = {
  analyser: string
  version: number
  required: boolean
  document: Document | null
  failure: FailureName | null
}

export function createAnalyses(database: Database) {
  /** Runs analysers over a cut that is being built, and stores each document. Again changes nothing. */
  const analyseCut = (
    userId: UserId,
    snapshotNo: number,
    analyse: (cut: Cut) => Analysed[],
  ): Promise<Analysed[]> =>
    database.asUser(userId, async (tx) => {
      const snapshot = await lockSnapshot(tx, userId, snapshotNo)
      if (snapshot?.status !== 'building' || snapshot.classSeq === null) {
        throw new DomainFailure('Superseded', `snapshot ${snapshotNo} is no longer being built`)
      }
      const results = analyse(await readCut(tx, userId, snapshotNo, snapshot.classSeq))
      await tx
        .insert(analyses)
        .values(
          results.map(({ analyser, version, required, document, failure }) => ({
            userId,
            snapshotNo,
            analyser,
            version,
            isRequired: required,
            document,
            failure,
          })),
        )
        .onConflictDoUpdate({
          target: [analyses.userId, analyses.snapshotNo, analyses.analyser],
          set: {
            version: sql`excluded.version`,
            document: sql`excluded.document`,
            failure: sql`excluded.failure`,
            isRequired: sql`excluded.is_required`,
          },
        })
      return results
    })

  return { analyseCut }
}

export type Analyses = ReturnType<typeof createAnalyses>
