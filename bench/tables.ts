/** A figure beside what it has to reach. Null: it was not measured, and the note says why. */
export type Figure = {
  name: string
  value: number | null
  unit: string
  target?: Target
  note?: string
}

export type Target = { better: 'lower' | 'higher'; reach: number; moonshot: number }

export type Verdict = 'moonshot' | 'ok' | 'MISS' | ''

/** What one measurement found. `raw` goes into the JSON whole. */
export type Section = {
  title: string
  /** How it was measured, in sentences. */
  notes: string[]
  columns?: string[]
  rows?: string[][]
  figures: Figure[]
  raw?: unknown
}

export function verdict({ value, target }: Pick<Figure, 'value' | 'target'>): Verdict {
  if (value === null || !target) return ''
  const reaches = (bound: number) => (target.better === 'lower' ? value <= bound : value >= bound)
  if (reaches(target.moonshot)) return 'moonshot'
  return reaches(target.reach) ? 'ok' : 'MISS'
}

/** Columns side by side; the first to the left, all others to the right. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [columns, ...rows]
  const widths = columns.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)))
  const lines = all.map((row) =>
    widths
      .map((width, at) => (at === 0 ? (row[at] ?? '').padEnd(width) : (row[at] ?? '').padStart(width)))
      .join('  ')
      .trimEnd(),
  )
  return [lines[0], widths.map((width) => '─'.repeat(width)).join('  '), ...lines.slice(1)].join('\n')
}

/** A number as people read it: three figures, no more. */
export function shown(value: number | null | undefined, unit = ''): string {
  if (value === null || value === undefined) return '–'
  const size = Math.abs(value)
  const text = size >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(size >= 10 ? 1 : 2)
  return unit === '' ? text : `${text} ${unit}`
}

/** Ratios differ from 1 in the third place. */
export const shownRatio = (value: number | null): string => (value === null ? '–' : value.toFixed(3))

export function printed({ title, notes, columns, rows, figures }: Section): string {
  const parts = [`\n── ${title}`, ...notes.map((note) => `   ${note}`)]
  if (columns && rows) parts.push('', table(columns, rows))
  if (figures.length > 0)
    parts.push('', table(['figure', 'measured', 'reach', 'moonshot', ''], figures.map(rowOf)))
  return `${parts.join('\n')}\n`
}

function rowOf(figure: Figure): string[] {
  const { name, value, unit, target, note } = figure
  const sign = target?.better === 'lower' ? '≤' : '≥'
  const measured = value === null ? 'not measured' : unit === '×' ? shownRatio(value) : shown(value, unit)
  const bound = (number: number | undefined) => (number === undefined ? '' : `${sign} ${number}`)
  return [
    note === undefined ? name : `${name} (${note})`,
    measured,
    bound(target?.reach),
    bound(target?.moonshot),
    verdict(figure),
  ]
}
