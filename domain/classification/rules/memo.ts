import { CONFIDENCE } from '../confidence.ts'
import type { Classifiable, Rule } from '../rule.ts'
import { IN_MEMOS, OUT_MEMOS } from '../telling/memo-words.ts'
import { wordsOf } from '../words.ts'

/** What people and companies write beside money that moves between accounts. */
export const memo: Rule = {
  name: 'memo',
  classify: (row) => {
    if (row.accountKind !== 'deposit' || row.direction === null) return null
    const table = row.direction === 'out' ? OUT_MEMOS : IN_MEMOS
    for (const said of saidIn(row)) {
      const found = table.find(([, words]) => words.test(said))
      if (found) return { category: found[0], confidence: CONFIDENCE.memo }
    }
    return null
  },
}

/** The memo before the bank's own word for the kind of booking. */
const saidIn = ({ description, typeText }: Classifiable): string[] =>
  [wordsOf(description).slice(0, 200), wordsOf(typeText).slice(0, 200)].filter((said) => said !== '')
