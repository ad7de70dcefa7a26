import { type JudgedRow, type Measured, summaryOf } from './measure.ts'

const percent = (share: number | null): string =>
  share === null ? '–' : `${(share * 100).toFixed(1).padStart(5)} %`

/** What was measured, as people read it. */
export function printed({ title, rows }: Measured): string {
  const parts = (by: (one: JudgedRow) => string) =>
    [...new Set(rows.map(by))]
      .toSorted()
      .map((part) => [part, rows.filter((one) => by(one) === part)] as const)
  const lines = [
    ['all', rows] as const,
    ...parts(({ row }) => row.difficulty ?? 'not said'),
    ...parts(({ row }) => row.source),
  ]
  const { confusion, calibrationError, wronglyAnswered } = summaryOf(rows)
  return [
    `── ${title}`,
    `${'rows that can be answered'.padEnd(28)}  rows  coverage      top     leaf`,
    ...lines.map(([name, some]) => lineOf(name, some)).filter((line) => line !== ''),
    '',
    `should be left unanswered, and were not   ${percent(wronglyAnswered)}`,
    `spending called neutral, or the reverse   ${percent(confusion)}`,
    `calibration error, ten bins               ${calibrationError?.toFixed(3) ?? '–'}`,
    '',
    'by what decided',
    ...parts(({ prediction }) => prediction.rule).map(([rule, some]) => ruleLine(rule, some)),
    '',
    'what was taken for what (leaf; the most frequent)',
    ...mistaken(rows),
    '',
  ].join('\n')
}

function lineOf(name: string, rows: readonly JudgedRow[]): string {
  const { rows: count, coverage, top, leaf } = summaryOf(rows)
  return count === 0
    ? ''
    : `${name.padEnd(28)}  ${String(count).padStart(4)}   ${percent(coverage)}  ${percent(top)}  ${percent(leaf)}`
}

function ruleLine(rule: string, rows: readonly JudgedRow[]): string {
  const answered = rows.filter(({ judged }) => judged.isAnswered)
  if (answered.length === 0) return `  ${'no answer'.padEnd(26)}  ${String(rows.length).padStart(4)}`
  const right = answered.filter(({ judged }) => judged.isLeafRight).length / answered.length
  const said = answered.reduce((sum, { judged }) => sum + judged.confidence, 0) / answered.length
  return `  ${rule.padEnd(26)}  ${String(answered.length).padStart(4)}   right ${percent(right)}   said ${percent(said)}`
}

const MOST_MISTAKEN = 20

function mistaken(rows: readonly JudgedRow[]): string[] {
  const counts = new Map<string, number>()
  for (const { row, prediction, judged } of rows) {
    if (!judged.isAnswered || judged.isLeafRight) continue
    const pair = `  ${row.expected.category ?? '(leave unanswered)'} → ${prediction.category}`
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  }
  return [...counts]
    .toSorted(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .slice(0, MOST_MISTAKEN)
    .map(([pair, count]) => `${pair}  ${count}`)
}
