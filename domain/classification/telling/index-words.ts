import { type Category, entriesOf } from '../categories.ts'
import { spell } from '../descriptor.ts'
import type { Word } from '../match.ts'

/** The words of a table by how they are compared: '!' in front is strong, '$' behind only at the end of a word. */
export function indexWords(table: Partial<Record<Category, string>>): Map<string, Word> {
  const index = new Map<string, Word>()
  for (const [category, text] of entriesOf(table))
    for (const word of text.split(/\s+/).filter(Boolean)) {
      const key = spell(word)
      if (index.has(key)) continue
      index.set(key, {
        category,
        where: word.endsWith('$') ? 'end' : 'anywhere',
        isStrong: word.startsWith('!'),
      })
    }
  return index
}
