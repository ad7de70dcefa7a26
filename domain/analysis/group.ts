/** Rows by key, sorted by key, so that the order of the rows changes nothing. */
export function groupBy<Row>(rows: readonly Row[], key: (row: Row) => string): [string, Row[]][] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const members = groups.get(key(row))
    if (members) members.push(row)
    else groups.set(key(row), [row])
  }
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
