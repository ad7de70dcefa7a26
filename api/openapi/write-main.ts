import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { reportAndExit } from '../../mains.ts'
import { ROUTES } from '../routes.ts'
import { clientTypes } from './client-types.ts'
import { openApiOf } from './document.ts'

export const documentText = (): string => `${JSON.stringify(openApiOf(ROUTES), null, 2)}\n`
export const typesText = (): string => clientTypes(openApiOf(ROUTES))

/** What the repository keeps of the API, by the word that asks for it. */
const KEPT: Readonly<Record<string, { file: string; text: () => string }>> = {
  openapi: { file: '../../docs/openapi.json', text: documentText },
  types: { file: '../../clients/moa-api.ts', text: typesText },
}

/** Writes it as the schemas say now. */
async function main(what: string): Promise<void> {
  const kept = KEPT[what]
  if (!kept) throw new Error(`one of ${Object.keys(KEPT).join(', ')} was expected`)
  const file = fileURLToPath(new URL(kept.file, import.meta.url))
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, kept.text())
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2] ?? '').catch(reportAndExit)
