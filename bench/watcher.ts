import type postgres from 'postgres'

type Wait = {
  userId: number
  refreshNo: number
  seen: (at: number) => void
  fail: (error: Error) => void
  until: number
}

const LIMIT_MS = 60_000

/**
 * Sees when a snapshot becomes visible to readers: looks at the pointers they follow, every few milliseconds, one
 * statement for everyone who is waited for. What it reports is late by half a look and one round trip on average.
 */
export function createWatcher(owner: postgres.Sql, everyMs: () => number) {
  const waiting = new Set<Wait>()
  let looking = false
  const state = { isClosed: false }

  /** The instant (performance.now) at which the complete snapshot of this refresh was there to be read. */
  function visible(userId: number, refreshNo: number, limitMs = LIMIT_MS): Promise<number> {
    const seen = new Promise<number>((resolve, reject) => {
      waiting.add({ userId, refreshNo, seen: resolve, fail: reject, until: performance.now() + limitMs })
    })
    if (!looking) void watch()
    return seen
  }

  async function watch(): Promise<void> {
    looking = true
    while (waiting.size > 0 && !state.isClosed) {
      await look().catch((error: unknown) =>
        failAll(error instanceof Error ? error : new Error(String(error))),
      )
      await new Promise((resolve) => setTimeout(resolve, everyMs()))
    }
    looking = false
  }

  async function look(): Promise<void> {
    const users = [...new Set([...waiting].map(({ userId }) => userId))]
    const rows = await owner<{ userId: string; refreshNo: number }[]>`
      SELECT p.user_id AS "userId", s.refresh_no AS "refreshNo"
      FROM published_snapshots p JOIN snapshots s USING (user_id, snapshot_no)
      WHERE p.view = 'complete' AND p.user_id = ANY (${users}::int8[])`
    const now = performance.now()
    const newest = new Map(rows.map((row) => [Number(row.userId), row.refreshNo]))
    for (const one of waiting) {
      const isThere = (newest.get(one.userId) ?? 0) >= one.refreshNo
      if (!isThere && now < one.until) continue
      waiting.delete(one)
      if (isThere) one.seen(now)
      else await explain(one)
    }
  }

  async function explain({ userId, refreshNo, fail }: Wait): Promise<void> {
    const [row] = await owner<{ state: string; because: string | null }[]>`
      SELECT state, closed_because AS because FROM refreshes WHERE user_id = ${userId} AND refresh_no = ${refreshNo}`
    fail(
      new Error(
        `a refresh published nothing complete in time: ${row?.state ?? 'unknown'} ${row?.because ?? ''}`,
      ),
    )
  }

  function failAll(error: Error): void {
    for (const { fail } of waiting) fail(error)
    waiting.clear()
  }

  return {
    visible,
    close: async (): Promise<void> => {
      state.isClosed = true
    },
  }
}

export type Watcher = ReturnType<typeof createWatcher>
