import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Notes beside a new data file which version makes it, and refuses one that another version made: the development
 * server does not migrate its files. Throws a sentence naming both versions.
 */
export async function claimTemporalData(dataFile: string, version: string): Promise<void> {
  const versionFile = `${dataFile}.version`
  const exists = await access(dataFile).then(
    () => true,
    () => false,
  )
  if (!exists) {
    await mkdir(dirname(dataFile), { recursive: true })
    await writeFile(versionFile, `${version}\n`) // first, so that no data file is ever without
    return
  }
  const madeBy = await readFile(versionFile, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
  if (madeBy === version) return
  throw new Error(
    `The Temporal data in ${dataFile} was made by version ${madeBy ?? 'unknown'} of the Temporal CLI and this is ` +
      `version ${version}: start with \`npm start -- --reset\` to begin anew, or give the other version in TEMPORAL_CLI`,
  )
}
