import { readFile, stat } from 'node:fs/promises'

import { type KeyRing, parseKeyRing } from './key-ring.ts'

/** The two settings that may hold the ring; exactly one is given. */
export type KeyRingSettings = { SEALING_KEYS: string | null; SEALING_KEYS_FILE: string | null }

// Sixteen keys of some eighty characters; whatever is larger is some other file.
const LONGEST_FILE = 16_384

/** Reads the ring of keys, or throws a sentence that names the setting and holds nothing of a key. */
export async function readKeyRing(settings: KeyRingSettings): Promise<KeyRing> {
  const { SEALING_KEYS: keys, SEALING_KEYS_FILE: file } = settings
  if (keys !== null && file !== null)
    throw new Error('SEALING_KEYS and SEALING_KEYS_FILE are both given: one of them is to hold the keys')
  if (keys !== null) return named('SEALING_KEYS', () => parseKeyRing(keys))
  if (file === null)
    throw new Error('SEALING_KEYS is missing, and SEALING_KEYS_FILE, too: keys that wrap the users’ keys')
  const text = await readPrivate(file)
  return named('SEALING_KEYS_FILE', () => parseKeyRing(text))
}

function named<T>(setting: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`${setting}: ${error instanceof Error ? error.message : 'cannot be read'}`, {
      cause: error,
    })
  }
}

/** PostgreSQL's rule for its own key: our own file for us alone, or root's, which our group may read. */
async function readPrivate(file: string): Promise<string> {
  const found = await stat(file).catch(() => null)
  if (!found?.isFile()) throw new Error('SEALING_KEYS_FILE: there is no such file')
  if (found.size > LONGEST_FILE) throw new Error(`SEALING_KEYS_FILE: more than ${LONGEST_FILE} bytes`)
  const ofOthers = found.uid === 0 ? 0o037 : 0o077
  if ((found.mode & ofOthers) !== 0)
    throw new Error('SEALING_KEYS_FILE: others may read or write it; chmod 600, or 640 where root owns it')
  return readFile(file, 'utf8')
}
