import { expect, test } from 'vitest'

import { createLiveLine } from './live-line.ts'

/** What a terminal would be sent, and what it would show of it: the last line is the one that is written over. */
function makeTerminal({ isTTY = true, columns = 30 } = {}) {
  const sent: string[] = []
  const line = createLiveLine({ isTTY, columns, write: (text) => sent.push(String(text)) > 0 })
  const lines = (): string[] =>
    sent
      .join('')
      .split('\n')
      .map((one) => one.split('\u001B[2K').at(-1)!)
  return { line, lines, sent }
}

test('what is written appears above the line that turns, which stays the last', () => {
  const { line, lines } = makeTerminal()
  line.show('waiting for North')
  line.above('  ✓ South\n')
  expect(lines()).toEqual(['  ✓ South', expect.stringMatching(/^ {2}. waiting for North$/)])
  line.show('')
  line.above('done\n')
  expect(lines()).toEqual(['  ✓ South', 'done', ''])
})

test('a line that would not fit is cut, since one that wraps cannot be taken back', () => {
  const { line, lines } = makeTerminal({ columns: 20 })
  line.show('waiting for 모아은행, 한가람은행')
  expect(lines()).toEqual([expect.stringMatching(/^ {2}. waiting for 모…$/)])
  line.show('')
})

test('where there is no terminal only what is said for good is written', () => {
  const { line, sent } = makeTerminal({ isTTY: false })
  line.show('waiting for North')
  line.above('  ✓ North\n')
  line.show('')
  expect(sent).toEqual(['  ✓ North\n'])
})
