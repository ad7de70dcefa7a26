import { hostname, userInfo } from 'node:os'
import { parseArgs } from 'node:util'

import { readConfig } from '../config.ts'
import { createFailpoints } from '../failpoints.ts'
import { reportAndExit } from '../mains.ts'
import { checkKeyRing } from './check-key-ring.ts'
import { createDatabase } from './database.ts'
import type { KeyRing } from './key-ring.ts'
import { readKeyRing } from './read-key-ring.ts'
import { createRotation, type Rotation, type WrappingCount } from './rotation.ts'

const USAGE = 'npm run keys -- status | rotate [--reason <text>]'
// A page is some ten milliseconds; no statement of this should come near.
const LIMITS = { lockTimeoutMs: 2_000, statementTimeoutMs: 60_000 }
const PROGRESS_EVERY_MS = 2_000

/** Says which keys wrap how many users' keys, or wraps them all by the first key of the ring. docs/keys.md tells when. */
async function main(): Promise<void> {
  const config = readConfig(['KEYS_DATABASE_URL', 'SEALING_KEYS', 'SEALING_KEYS_FILE', 'FAILPOINTS'])
  const { command, reason } = parseCommand()
  const ring = await readKeyRing(config)
  const failpoint = createFailpoints(config.FAILPOINTS)
  const database = createDatabase({
    url: config.KEYS_DATABASE_URL,
    size: 1,
    applicationName: 'moa keys',
    ...LIMITS,
  })
  try {
    const rotation = createRotation(database, ring)
    if (command === 'status') return await tellStatus(rotation, ring)
    await checkKeyRing(database, ring)
    await rotate(rotation, ring, reason, () => failpoint('keys.rewrapped'))
  } finally {
    await database.close()
  }
}

function parseCommand(): { command: 'status' | 'rotate'; reason: string | null } {
  const { positionals, values } = parseArgs({
    options: { reason: { type: 'string' } },
    allowPositionals: true,
  })
  const [command, ...more] = positionals
  if ((command !== 'status' && command !== 'rotate') || more.length > 0) throw new Error(USAGE)
  return { command, reason: values.reason ?? null }
}

async function tellStatus(rotation: Rotation, ring: KeyRing): Promise<void> {
  const counts = await rotation.count()
  for (const { id, keys } of counts) say(`${id}: ${counted(keys)}, ${standing({ id, keys }, ring)}`)
  if (counts.some(({ id }) => !ring.ids.includes(id))) process.exitCode = 1
}

function standing({ id, keys }: WrappingCount, ring: KeyRing): string {
  if (!ring.ids.includes(id)) return 'and it is not in the ring: nobody can open these'
  if (id === ring.first) return 'wraps what is new'
  return keys === 0 ? 'may be taken out of the ring' : 'still needed: rotate'
}

async function rotate(
  rotation: Rotation,
  ring: KeyRing,
  reason: string | null,
  failpoint: () => Promise<void>,
): Promise<void> {
  const counts = await rotation.count()
  const all = counts.reduce((sum, { id, keys }) => (id === ring.first ? sum : sum + keys), 0)
  say(`wrapping ${counted(all)} by ${ring.first}`)
  let saidAt = performance.now()
  const by = { actor: `${userInfo().username}@${hostname()}`, reason }
  const { rewrapped, unopened } = await rotation.rotate(by, async (done) => {
    await failpoint()
    if (performance.now() - saidAt < PROGRESS_EVERY_MS) return
    saidAt = performance.now()
    say(`${done} of ${all}`)
  })
  say(`${counted(rewrapped)} wrapped by ${ring.first}`)
  if (unopened.count === 0) return
  process.exitCode = 1
  say(`${counted(unopened.count)} did not open and stayed as before: users ${unopened.userIds.join(', ')}`)
}

const counted = (keys: number): string => `${keys} ${keys === 1 ? 'key' : 'keys'}`

const say = (line: string): void => void process.stdout.write(`${line}\n`)

main().catch(reportAndExit)
