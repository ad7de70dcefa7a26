import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { type Labelled, measureAll, measureFolds, type Measured, summaryOf } from './measure.ts'
import { predict } from './predict.ts'
import { printed } from './print.ts'
import { readRows } from './read-rows.ts'

const HELP = `npm run eval -- [--file ROWS.jsonl] [--predictions OUT.jsonl] [--json]

Classifies every row of a file and, where the rows say what is right, prints how often that was met. Without a file:
the labelled rows of this repository. --predictions writes id, category or null, and confidence of each row.
`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      predictions: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return say(HELP)
  const file = values.file ?? fileURLToPath(new URL('data/development.jsonl', import.meta.url))
  const rows = readRows(await readFile(file, 'utf8'), file)
  if (values.predictions !== undefined) await writeFile(values.predictions, predictionsOf(rows))
  const labelled = rows.filter((row): row is Labelled => row.expected !== undefined)
  if (labelled.length === 0) return say(`${rows.length} rows classified; none says what is right\n`)
  const measured = [measureAll(labelled), measureFolds(labelled)]
  say(values.json ? asJson(measured) : measured.map(printed).join('\n'))
}

const predictionsOf = (rows: Parameters<typeof predict>[0]): string =>
  predict(rows)
    .map(({ id, category, confidence }) => `${JSON.stringify({ id, category, confidence })}\n`)
    .join('')

const asJson = (measured: readonly Measured[]): string =>
  `${JSON.stringify(Object.fromEntries(measured.map(({ title, rows }) => [title, summaryOf(rows)])), undefined, 1)}\n`

const say = (text: string): void => void process.stdout.write(text)

main().catch((error: unknown) => {
  process.stderr.write(`eval: ${error instanceof Error ? error.message : 'unknown failure'}\n`)
  process.exit(1)
})
