import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

import { type Exit, tellExit } from '../processes/exits.ts'
import { type TemporalOptions } from './temporal-flags.ts'

/** Ready after 0.5 s as a rule; ten times that and more for a loaded machine with a large data file. */
const READY_LIMIT_MS = 30_000
/** A look costs one connection; one question to the CLI costs 50 ms of a core. */
const LOOK_EVERY_MS = 50
const QUESTION_LIMIT_MS = 10_000
/** The retention of the namespace, once it answers; before that the port is not even open. */
export async function namespaceReady(options: TemporalOptions, exited: Promise<Exit>): Promise<string> {
  const until = Date.now() + READY_LIMIT_MS
  let ended: Exit | undefined
  void exited.then((exit) => (ended = exit))
  while (Date.now() < until) {
    if (ended) throw new Error(`Temporal ${tellExit(ended)} before it was ready; its log says why`)
    const retention = (await takesConnections(options.port)) ? await retentionOf(options) : undefined
    if (retention !== undefined) return retention
    await delay(LOOK_EVERY_MS)
  }
  throw new Error(`Temporal did not answer within ${READY_LIMIT_MS / 1000} s`)
}

/** Sets the retention of the namespace `default` if it is another. */
export async function keepRetention(options: TemporalOptions, retention: string): Promise<void> {
  const days = options.namespaceRetentionDays
  if (retention === `${days * 24 * 60 * 60}s`) return
  await ask(options, ['operator', 'namespace', 'update', '-n', 'default', '--retention', `${days}d`])
}

/** As the server writes it, `604800s`; undefined while it does not answer. */
async function retentionOf(options: TemporalOptions): Promise<string | undefined> {
  try {
    const text = await ask(options, ['operator', 'namespace', 'describe', '-n', 'default', '-o', 'json'])
    return /"workflowExecutionRetentionTtl":\s*"(\d+s)"/.exec(text)?.[1]
  } catch {
    return undefined
  }
}

async function ask({ cli, port }: TemporalOptions, question: readonly string[]): Promise<string> {
  const args = [...question, '--address', `127.0.0.1:${port}`]
  return (await promisify(execFile)(cli.path, args, { env: {}, timeout: QUESTION_LIMIT_MS })).stdout
}

async function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
