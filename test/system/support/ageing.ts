import type { TestDatabase } from '../databases.ts'

/**
 * Makes everything Moa knows of a person so much older, all at once: the database's own clock cannot be moved. Which
 * instants there are is the schema's word, so that none is forgotten; an institution's own days and times stay.
 */
export async function makeOlder({ owner }: TestDatabase, userId: number, ms: number): Promise<void> {
  const tables = await owner<{ table: string; columns: string[] }[]>`
    SELECT table_name AS "table", array_agg(column_name::text) AS columns FROM information_schema.columns c
    WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' AND EXISTS (
      SELECT FROM information_schema.columns u
      WHERE u.table_schema = c.table_schema AND u.table_name = c.table_name AND u.column_name = 'user_id')
    GROUP BY table_name ORDER BY table_name`
  await owner.begin(async (tx) => {
    for (const { table, columns } of tables) {
      const older = columns.map((column) => `${column} = ${column} - interval '${ms} milliseconds'`)
      await tx.unsafe(`UPDATE ${table} SET ${older.join(', ')} WHERE user_id = ${userId}`)
    }
  })
}
