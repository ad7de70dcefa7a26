import { rename, writeFile } from 'node:fs/promises'

import { reportAndExit } from '../mains.ts'
import { buildBundle } from './worker.ts'

/** Builds what the workflow sandbox runs and puts it, whole, where the first argument says. */
async function main(): Promise<void> {
  const path = process.argv[2]
  if (path === undefined) throw new Error('expected the path of the bundle to write')
  const { code } = await buildBundle()
  await writeFile(`${path}.${process.pid}`, code)
  await rename(`${path}.${process.pid}`, path)
  process.stdout.write(`${JSON.stringify({ bundle: path, characters: code.length })}\n`)
}

main().catch(reportAndExit)
