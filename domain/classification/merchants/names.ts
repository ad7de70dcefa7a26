import { type Category, entriesOf } from '../categories.ts'

/**
 * Names of shops and firms by leaf: brands behind commas, spellings of one brand behind slashes. A mall is marked with ~:
 * whoever is named besides it is where the money went. Written from common knowledge in November 2026, without a look at
 * labelled rows.
 */
export type Names = Partial<Record<Category, string>>

export type Merchant = { name: string; category: Category; isPlace: boolean }

/** Every spelling as descriptors are compared, with its brand. The first file that names a spelling keeps it. */
export function indexOf(files: readonly Names[], spell: (text: string) => string): Map<string, Merchant> {
  const index = new Map<string, Merchant>()
  for (const file of files)
    for (const [category, text] of entriesOf(file))
      for (const brand of text.split(',')) add(index, brand.trim(), category, spell)
  return index
}

function add(
  index: Map<string, Merchant>,
  brand: string,
  category: Category,
  spell: (text: string) => string,
) {
  const spellings = brand.split('/').map((spelling) => spelling.trim())
  const name = (spellings[0] ?? '').replace(/^~/, '')
  for (const spelling of spellings) {
    const key = spell(spelling.replace(/^~/, ''))
    if (key.length > 1 && !index.has(key)) index.set(key, { name, category, isPlace: brand.startsWith('~') })
  }
}
