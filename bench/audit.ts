import { sql } from 'drizzle-orm'

import { createAuditChain } from '../db/audit-chain.ts'
import { writeAudit } from '../db/audit.ts'
import { createDatabase, type Database } from '../db/database.ts'
import type { Role } from '../db/migrate.ts'
import type { Effort } from './arguments.ts'
import type { Ground } from './ground.ts'
import { percentile } from './statistics.ts'
import { type Section, shown } from './tables.ts'
import { inTurns } from './turns.ts'

const AT_ONCE = 20
const ENTRY = { actor: 'bench', action: 'bench.act', reason: 'a benchmark', details: { outcome: 'done' } }

type Arm = { name: string; atOnce: number; latencies: number[]; seconds: number }

/** What an act's entry costs it: alone, and where twenty at once wait for each other's commits; and how fast it is verified. */
export async function measureAudit(ground: Ground, { quick, rounds }: Effort): Promise<Section> {
  const acts = quick ? 100 : 400 * rounds
  const writer = open(ground, 'moa_operator', AT_ONCE)
  const reader = open(ground, 'moa_auditor', 1)
  try {
    // A row of its own to each, so that nothing but the chain is what they wait for.
    await ground.owner`CREATE TABLE bench_rows (row_no int PRIMARY KEY, acts int NOT NULL)`
    await ground.owner`INSERT INTO bench_rows SELECT n, 0 FROM generate_series(1, ${AT_ONCE}) n`
    await ground.owner`GRANT SELECT, UPDATE ON bench_rows TO moa_operator`
    await act(writer, acts, AT_ONCE, true) // connections, prepared statements
    const arms: Arm[] = []
    for (const atOnce of [1, AT_ONCE])
      for (const isAudited of [false, true]) arms.push(await act(writer, acts, atOnce, isAudited))
    const verified = await verify(reader)
    return sectionOf(arms, acts, verified)
  } finally {
    await ground.owner`DROP TABLE IF EXISTS bench_rows`
    await Promise.all([writer.close(), reader.close()])
  }
}

const open = ({ database }: Ground, role: Role, size: number): Database =>
  createDatabase({
    url: database.urlOf(role),
    size,
    applicationName: 'moa bench',
    lockTimeoutMs: 30_000,
    statementTimeoutMs: 60_000,
  })

/** Acts that change one row each, with or without their entry. */
async function act(writer: Database, acts: number, atOnce: number, isAudited: boolean): Promise<Arm> {
  const latencies: number[] = []
  const free = Array.from({ length: atOnce }, (_, at) => at + 1)
  const begunAt = performance.now()
  await inTurns(Array.from({ length: acts }), atOnce, async () => {
    const rowNo = free.pop()!
    const startedAt = performance.now()
    await writer.asNobody(async (tx) => {
      await tx.execute(sql`UPDATE bench_rows SET acts = acts + 1 WHERE row_no = ${rowNo}`)
      if (isAudited) await writeAudit(tx, null, ENTRY)
    })
    latencies.push(performance.now() - startedAt)
    free.push(rowNo)
  })
  const seconds = (performance.now() - begunAt) / 1_000
  return { name: isAudited ? 'with its entry' : 'without', atOnce, latencies, seconds }
}

async function verify(reader: Database): Promise<{ entries: number; seconds: number }> {
  const begunAt = performance.now()
  const verified = await createAuditChain(reader).verify({ from: null, anchors: [], onPage: () => {} })
  if (verified.finding) throw new Error(`the audit of the benchmark is not whole: ${verified.finding.says}`)
  return { entries: verified.entries, seconds: (performance.now() - begunAt) / 1_000 }
}

function sectionOf(
  arms: readonly Arm[],
  acts: number,
  verified: { entries: number; seconds: number },
): Section {
  const p50 = (arm: Arm | undefined) => percentile(arm?.latencies ?? [], 0.5)
  const [bare, audited] = [arms[0], arms[1]].map(p50)
  return {
    title: 'audit: what an entry costs the act that writes it',
    notes: [
      `${acts} acts, each changing one row of its own; fsync on. Whoever adds an entry waits for the commits of those before it.`,
      'Acts are what people and operators do; a reading adds no entry, and neither does a read.',
    ],
    columns: ['act', 'at once', 'p50 ms', 'p95', 'max', 'a second'],
    rows: arms.map((arm) => [
      arm.name,
      `${arm.atOnce}`,
      ...[0.5, 0.95, 1].map((share) => shown(percentile(arm.latencies, share))),
      shown(arm.latencies.length / arm.seconds),
    ]),
    figures: [
      {
        name: 'an act’s entry, nobody beside',
        value: typeof bare === 'number' && typeof audited === 'number' ? audited - bare : null,
        unit: 'ms',
      },
      {
        name: 'acts a second, twenty at once',
        value: arms[3] ? arms[3].latencies.length / arms[3].seconds : null,
        unit: '',
      },
      { name: 'entries verified a second', value: verified.entries / verified.seconds, unit: '' },
    ],
    raw: { arms, verified },
  }
}
