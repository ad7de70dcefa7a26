import { setTimeout as sleep } from 'node:timers/promises'

import type { Ground } from './ground.ts'

export type Statements = {
  count: number
  transactions: number
  byProcess: Record<string, number>
  /** The most frequent ones, by how they begin. */
  most: { statement: string; count: number }[]
}

const SHOWN = 40

/** Counts the statements of Moa's processes while something is done, from PostgreSQL's own log. */
export async function countStatements(
  { owner, database }: Ground,
  work: () => Promise<unknown>,
): Promise<Statements> {
  const lines: string[] = []
  await owner.unsafe("ALTER SYSTEM SET log_statement = 'all'")
  await owner`SELECT pg_reload_conf()`
  await sleep(200)
  const stop = database.listen((line) => lines.push(line))
  try {
    await work()
    await sleep(300)
  } finally {
    stop()
    await owner.unsafe('ALTER SYSTEM RESET log_statement')
    await owner`SELECT pg_reload_conf()`
  }
  return tally(lines)
}

/** Statements in lines of the log, `<application>|LOG:  execute <name>: <text>`. Only Moa's; the caretaker's rounds are not the refresh's. */
export function tally(lines: readonly string[]): Statements {
  const found = lines.flatMap((line) => {
    const parts = /^(?<process>moa [^|]+)\|LOG: {2}(?:statement|execute [^:]*): (?<text>.*)$/.exec(
      line,
    )?.groups
    return parts && parts['process'] !== 'moa caretaker' && parts['process'] !== 'moa bench'
      ? [{ process: parts['process']!, text: parts['text']!.trim() }]
      : []
  })
  const byText = counted(found.map(({ text }) => text.slice(0, 90)))
  return {
    count: found.length,
    transactions: found.filter(({ text }) => /^begin/i.test(text)).length,
    byProcess: counted(found.map(({ process }) => process)),
    most: Object.entries(byText)
      .map(([statement, count]) => ({ statement, count }))
      .toSorted((a, b) => b.count - a.count)
      .slice(0, SHOWN),
  }
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
