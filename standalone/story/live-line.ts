import { widthOf } from './table.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100
const CLEAR_LINE = '\r\u001B[2K'

type Terminal = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>

/** A line below all others that turns while something is waited for. Without a terminal it is not shown at all. */
export function createLiveLine(terminal: Terminal) {
  let text = ''
  let frame = 0
  let turning: NodeJS.Timeout | undefined

  const draw = (): void => {
    frame = (frame + 1) % FRAMES.length
    terminal.write(`${CLEAR_LINE}  ${FRAMES[frame]} ${within(text, (terminal.columns || 80) - 5)}`)
  }

  /** Shows this from now on; an empty text ends it. */
  function show(next: string): void {
    if (!terminal.isTTY || next === text) return
    text = next
    clearInterval(turning)
    if (text === '') return void terminal.write(CLEAR_LINE)
    turning = setInterval(draw, FRAME_MS)
    turning.unref()
    draw()
  }

  /** Writes something where the line stands, and the line again below it. */
  function above(written: string): void {
    if (text === '') return void terminal.write(written)
    terminal.write(`${CLEAR_LINE}${written}`)
    draw()
  }

  return { show, above }
}

/** As much of a text as fits into so many columns: a line that wraps cannot be taken back. */
function within(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let shown = ''
  for (const character of text) {
    if (widthOf(shown + character) >= columns) break
    shown += character
  }
  return `${shown}…`
}
