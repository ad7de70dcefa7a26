import { type InstitutionReading, type RefreshAnswer } from './api-answers.ts'
import { type Result } from './result.ts'
import { grouped, padded, printable, seconds, tableLines, widthOf } from './table.ts'

/** Whose assets, and which refresh: the line above those of the banks. */
export function askedLine(refreshNo: number, how: 'first' | 'again' | 'joined', person: string): string {
  if (how === 'joined') return `Refresh ${refreshNo} was still open when Moa last ended: ${person} joins it`
  if (how === 'again') return `${person} asks for all accounts again (refresh ${refreshNo})`
  return `${person}, an invented person, consents at six banks and three card companies and asks for all accounts (refresh ${refreshNo})`
}

/** `✓ 모아은행  changed  0.8 s`, with a failure in words. Names are filled up to the width. */
export function landedLine(reading: InstitutionReading, nameWidth: number): string {
  const { name, state, outcome, rows, durationMs, attempts, failure } = reading
  const isRead = state === 'collected'
  const what = isRead ? (outcome ?? 'as before') : state === 'failed' ? 'not read' : state
  const parts = [
    `  ${isRead ? '✓' : '✗'} ${padded(printable(name), nameWidth)}`,
    padded(what, 'unchanged'.length),
    typeof rows === 'number' ? padded(`${grouped(String(rows))} rows`, '99,999 rows'.length, 'right') : '',
    durationMs === null ? '' : seconds(durationMs),
    attempts > 1 ? `${attempts} tries` : '',
    failure?.says ?? '',
  ]
  return parts.filter((part) => part !== '').join('  ')
}

/** How wide the longest of the names is. */
export const widestOf = (names: readonly string[]): number =>
  Math.max(0, ...names.map((name) => widthOf(printable(name))))

/** Once all banks have landed. */
export function allLandedLine(readings: readonly InstitutionReading[]): string {
  const read = readings.filter(({ state }) => state === 'collected').length
  const who =
    read === readings.length
      ? `all ${read} institutions are read`
      : `${read} of ${readings.length} institutions are read`
  return `  ${who}: now one cut through all of it, classified and analysed`
}

/** A partial snapshot that can be read while the rest is still waited for. */
export const publishedLine = (snapshotNo: number): string =>
  `  partial snapshot no ${snapshotNo} can be read meanwhile; it says what it lacks`

/** Why nothing goes on for now, a line for each bank, and when it is tried again where that is known. */
export function parkedLines(failed: readonly InstitutionReading[]): string[] {
  const width = widestOf(failed.map(({ name }) => name))
  return [
    '  parked: it goes on by itself when these can be read',
    ...failed.map(({ name, failure, nextTryAt }) =>
      [
        `    ${padded(printable(name), width)}`,
        failure?.says ?? '',
        nextTryAt ? `next try at ${clock(nextTryAt)}` : '',
      ]
        .filter((part) => part !== '')
        .join('  '),
    ),
  ]
}

/** Who is still being read. */
export function waitingText(readings: readonly InstitutionReading[]): string {
  if (readings.length === 0) return ''
  return `waiting for ${readings.map(({ name }) => printable(name)).join(', ')}`
}

/** The time of day here. */
const clock = (instant: string): string => new Date(instant).toTimeString().slice(0, 8)

/** A refresh that somebody asked for while everything runs. */
export const laterLine = (refreshNo: number): string => `refresh ${refreshNo} has begun`

/** How it ended, and what it published last. */
export function laterEndLine({ refreshNo, state, snapshot }: RefreshAnswer, ms: number): string {
  const published = snapshot ? `${snapshot.status} snapshot no ${snapshot.snapshotNo}` : null
  if (published && state === 'succeeded') return `${published} in ${seconds(ms)}`
  const ended = `refresh ${refreshNo} ended as ${state} after ${seconds(ms)}`
  return published ? `${published}, and ${ended}` : ended
}

/** `complete snapshot no 1 in 2.3 s`, or why there is none. */
export function endLines({ snapshot, refresh }: Result, ms: number): string[] {
  const lines = snapshot ? [`${snapshot.status} snapshot no ${snapshot.no} in ${seconds(ms)}`] : []
  if (refresh.state === 'succeeded') return lines
  if (refresh.state === 'parked') return [...lines, `refresh ${refresh.no} is parked and goes on by itself`]
  return [
    ...lines,
    `refresh ${refresh.no} ended as ${refresh.state}`,
    ...refresh.because.map((each) => `  ${each}`),
  ]
}

/** What was gathered: a row by institution, the total, and what came in and went out this month. */
export function resultLines({ institutions, accounts, transactions, total, thisMonth }: Result): string[] {
  const currencies = [...(total?.keys() ?? [])]
  const amounts = (balances: ReadonlyMap<string, string> | null) =>
    currencies.map((currency) => (balances ? grouped(balances.get(currency) ?? '') : '?'))
  const flows = (direction: 'in' | 'out') =>
    currencies.map((currency) =>
      grouped(thisMonth?.flows.find((flow) => flow.currency === currency)?.[direction] ?? ''),
    )
  const table = tableLines([
    ['', 'accounts', 'transactions', ...currencies],
    ...institutions.map((each) => [
      printable(each.name),
      grouped(String(each.accounts)),
      grouped(String(each.transactions)),
      ...amounts(each.balances),
    ]),
    ['total', grouped(String(accounts)), grouped(String(transactions)), ...amounts(total)],
    ...(thisMonth
      ? [
          [`in, ${thisMonth.month}`, '', '', ...flows('in')],
          [`out, ${thisMonth.month}`, '', '', ...flows('out')],
        ]
      : []),
  ])
  return withRules(table, [1, 1 + institutions.length, 2 + institutions.length])
}

/** A line between the parts of a table, before each of the rows. */
function withRules(table: readonly string[], before: readonly number[]): string[] {
  const rule = '─'.repeat(Math.max(...table.map(widthOf)))
  return table
    .flatMap((line, index) => (before.includes(index) ? [rule, line] : [line]))
    .map((line) => `  ${line}`)
}
