import type { Database, Tx } from '../../../db/database.ts'

/** The same database, and the texts of the statements that went through it, in order. */
export function recording(database: Database): { database: Database; statements: string[] } {
  const statements: string[] = []
  const heard =
    <T>(work: (tx: Tx) => Promise<T>) =>
    (tx: Tx): Promise<T> => {
      // The handle is made anew for each transaction; its session asks this of every statement.
      const { session } = tx as unknown as { session: { logger: { logQuery: (query: string) => void } } }
      session.logger = { logQuery: (query) => void statements.push(query) }
      return work(tx)
    }
  return {
    statements,
    database: {
      ...database,
      asUser: (userId, work) => database.asUser(userId, heard(work)),
      asReader: (userId, work) => database.asReader(userId, heard(work)),
      asNobody: (work) => database.asNobody(heard(work)),
    },
  }
}
