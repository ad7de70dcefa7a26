import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8')

/** `| F7 | … | `file`: words of a title |` */
const ROWS = [...read('docs/faults.md').matchAll(/^\|.*\| `([\w./-]+)`: (.+) \|$/gm)]

test('every test that the page of faults names is there, by these words', () => {
  const missing = ROWS.filter(([, file, words]) => {
    const path = file!.includes('/') ? file! : `test/system/${file}`
    const found = fileURLToPath(new URL(`../${path}`, import.meta.url))
    return !existsSync(found) || !read(path).includes(words!)
  })
  expect(missing.map(([row]) => row)).toEqual([])
  expect(ROWS.length).toBeGreaterThan(30)
})
