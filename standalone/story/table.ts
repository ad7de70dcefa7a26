/** Characters that take two columns of a terminal: Hangul, Han, kana, full-width forms, pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u
/** Accents and invisible characters. */
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u

/** How many columns of a terminal the text takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text.normalize('NFC'))
    if (!NO_WIDTH.test(character)) width += WIDE.test(character) ? 2 : 1
  return width
}

/** Text from outside, without what would move the cursor. */
export const printable = (text: string): string => text.normalize('NFC').replaceAll(/\p{Cc}+/gu, ' ')

/** Filled up with blanks at its end (or its start) to so many columns. */
export const padded = (text: string, width: number, side: 'left' | 'right' = 'left'): string => {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
  return side === 'left' ? text + blanks : blanks + text
}

/** Rows as aligned lines: the first column to the left, numbers behind it to the right, two blanks between. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  )
  return rows.map((row) =>
    widths
      .map((width, column) => padded(row[column] ?? '', width, column === 0 ? 'left' : 'right'))
      .join('  ')
      .trimEnd(),
  )
}

/** `-1234567.5` as `-1,234,567.5`; a decimal text never passes through a float. */
export function grouped(amount: string): string {
  const [whole = '', ...fraction] = amount.split('.')
  return [whole.replaceAll(/\B(?=(\d{3})+$)/g, ','), ...fraction].join('.')
}

/** `0.8 s`; a minute and more as `1 min 20 s`. */
export function seconds(ms: number): string {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const whole = Math.round(ms / 1000)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}
