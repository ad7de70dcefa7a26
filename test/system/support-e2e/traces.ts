import type postgres from 'postgres'

import type { Engine } from './engine.ts'

/** Every row of every table, as text; bytes are hexadecimal there. */
export async function everyRow(
  owner: postgres.Sql,
): Promise<{ table: string; row: Record<string, unknown>; text: string }[]> {
  const tables = await owner<{ table: string }[]>`
    SELECT table_name AS table FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`
  const rows = await Promise.all(
    tables.map(async ({ table }) => {
      const found = await owner.unsafe<{ row: Record<string, unknown>; text: string }[]>(
        `SELECT to_jsonb(t) AS row, to_jsonb(t)::text AS text FROM ${table} t`,
      )
      return found.map(({ row, text }) => ({ table, row, text }))
    }),
  )
  return rows.flat()
}

/** All that the engine keeps of runs, payloads decoded: histories, search attributes, memos, summaries. */
export async function everythingSaid(
  engine: Engine,
  workflowId?: string,
): Promise<{ runs: number; text: string }> {
  const ids: string[] = []
  if (workflowId !== undefined) ids.push(workflowId)
  else for await (const run of engine.client.workflow.list()) ids.push(run.workflowId)
  const traces = await Promise.all(
    ids.map(async (id) => {
      const description = await engine.client.workflow.getHandle(id).describe()
      return [...words(await engine.history(id)), ...words(description.raw)].join('\n')
    }),
  )
  return { runs: ids.length, text: traces.join('\n') }
}

/** Every text in it, names of fields included; bytes as the text they are. */
function* words(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (value instanceof Uint8Array) yield Buffer.from(value).toString('utf8')
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      yield name
      yield* words(inner)
    }
  }
}
