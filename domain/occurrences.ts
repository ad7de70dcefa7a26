import type { Identity } from './reading.ts'

/**
 * Numbers rows whose institution gives nothing to tell them apart (two coffees in one second), so that genuine twins
 * survive and the same rows get the same identities whatever order or pages they came in.
 * Rows are counted within equal keys, sorted by their full content.
 */
export function numberTwins<Row>(
  rows: readonly Row[],
  key: (row: Row) => string,
  content: (row: Row) => string,
): { row: Row; identity: Identity }[] {
  const byKey = groupBy(rows, key)
  return [...byKey].flatMap(([identity, twins]) =>
    twins
      .toSorted((a, b) => (content(a) < content(b) ? -1 : content(a) > content(b) ? 1 : 0))
      .map((row, occurrence) => ({ row, identity: `${identity}#${occurrence + 1}` })),
  )
}

// Map.groupBy is not in Node 20.
function groupBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group) group.push(row)
    else groups.set(key(row), [row])
  }
  return groups
}
