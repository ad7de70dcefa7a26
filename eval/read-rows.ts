import { z } from 'zod'

import { isCategory } from '../domain/classification/categories.ts'
import type { LabelledRow } from './rows.ts'

const rawFields = z.record(z.string(), z.string())
const leaf = z.string().refine(isCategory, 'expected a leaf of the taxonomy')

const row = z.object({
  id: z.string().min(1),
  source: z.string(),
  operation: z.string(),
  org_name: z.string(),
  account_num: z.string().optional(),
  raw: rawFields,
  context: z
    .object({
      holder_name: z.string().optional(),
      own_cards: z.array(z.string()).optional(),
      nearby: z
        .array(
          z.object({
            source: z.string(),
            org_name: z.string(),
            account_num: z.string().optional(),
            raw: rawFields,
          }),
        )
        .optional(),
    })
    .optional(),
  expected: z
    .object({
      category: leaf.nullable(),
      kind: z.string().nullable(),
      counterparty: z.string().nullable(),
      alternatives: z.array(leaf),
      should_abstain: z.boolean(),
    })
    .optional(),
  difficulty: z.string().optional(),
})

/** The rows of a JSONL text. Throws with file, line and field where one cannot be read, or has an id twice. */
export function readRows(text: string, file: string): LabelledRow[] {
  const seen = new Set<string>()
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return []
    const where = `${file}:${at + 1}`
    const read = row.safeParse(parsed(line, where))
    if (!read.success) {
      const [issue] = read.error.issues
      throw new Error(`${where}: ${issue!.path.join('.')}: ${issue!.message}`)
    }
    if (seen.has(read.data.id)) throw new Error(`${where}: ${read.data.id} is there twice`)
    seen.add(read.data.id)
    return [read.data]
  })
}

function parsed(line: string, where: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new Error(`${where}: expected a line of JSON`)
  }
}
