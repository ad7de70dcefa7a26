import { parseArgs } from 'node:util'

import { readConfig } from '../config.ts'
import { reportAndExit } from '../mains.ts'
import { type AuditChain, createAuditChain, type Finding } from './audit-chain.ts'
import type { Anchor } from './audit-links.ts'
import { createDatabase } from './database.ts'

const USAGE = 'npm run audit -- anchor | verify [--from <position>:<hash>] [--anchor <position>:<hash>]…'
const LIMITS = { lockTimeoutMs: 2_000, statementTimeoutMs: 60_000 }
const PROGRESS_EVERY_MS = 2_000
/** Neither 1, which says that nobody could look, nor 2, which says that a setting is wrong. */
const NOT_WHOLE = 3

/** Says whether the audit is as it was written, or names the first entry that is not; or how far it reaches (docs/audit.md). */
async function main(): Promise<void> {
  const config = readConfig(['AUDITOR_DATABASE_URL'])
  const { command, from, anchors } = parseCommand()
  const database = createDatabase({
    url: config.AUDITOR_DATABASE_URL,
    size: 1,
    applicationName: 'moa audit',
    ...LIMITS,
  })
  try {
    const chain = createAuditChain(database)
    await (command === 'anchor' ? tellAnchor(chain) : verify(chain, from, anchors))
  } finally {
    await database.close()
  }
}

function parseCommand() {
  const { positionals, values } = parseArgs({
    options: { from: { type: 'string' }, anchor: { type: 'string', multiple: true } },
    allowPositionals: true,
  })
  const [command, ...more] = positionals
  if ((command !== 'verify' && command !== 'anchor') || more.length > 0) throw new Error(USAGE)
  return {
    command,
    from: values.from === undefined ? null : parseAnchor(values.from),
    anchors: (values.anchor ?? []).map(parseAnchor),
  }
}

function parseAnchor(text: string): Anchor {
  const groups = /^(?<position>\d{1,15}):(?<hash>[0-9a-f]{64})$/.exec(text)?.groups
  if (!groups) throw new Error(`an anchor is <position>:<hash>, as \`npm run audit -- anchor\` prints it`)
  return { position: Number(groups['position']), hash: groups['hash']! }
}

async function tellAnchor(chain: AuditChain): Promise<void> {
  const head = await chain.head()
  if (!head) return tellFinding({ at: null, says: 'the head of the chain is gone' })
  say(shown(head))
}

async function verify(chain: AuditChain, from: Anchor | null, anchors: readonly Anchor[]): Promise<void> {
  let saidAt = performance.now()
  const verified = await chain.verify({
    from,
    anchors,
    onPage: (reached) => {
      if (performance.now() - saidAt < PROGRESS_EVERY_MS) return
      saidAt = performance.now()
      say(`so far whole: ${shown(reached)}`)
    },
  })
  if (verified.finding) return tellFinding(verified.finding)
  say(`the audit is whole: ${verified.entries} entries, up to ${shown(verified.upTo)}`)
}

function tellFinding({ at, says }: Finding): void {
  process.exitCode = NOT_WHOLE
  say(`the audit is NOT as it was written: ${at === null ? '' : `entry ${at} `}${says}`)
}

const shown = ({ position, hash }: Anchor): string => `${position}:${hash}`

const say = (line: string): void => void process.stdout.write(`${line}\n`)

main().catch(reportAndExit)
