import { setTimeout as sleep } from 'node:timers/promises'

import type { AuditChain } from '../db/audit-chain.ts'
import { type Log, whereFrom } from '../log.ts'

export type AnchoringDeps = {
  chain: Pick<AuditChain, 'head'>
  log: Log
  /** Pause between two anchors, give or take a half: workers that start together do not speak together. */
  everyMs: number
}

/**
 * Says into the log how far the audit reaches, at the start and every so often: whoever changes the database cannot change
 * what has left for where logs are kept, and `npm run audit -- verify --anchor` compares.
 */
export function createAnchoring({ chain, log, everyMs }: AnchoringDeps) {
  async function anchor(): Promise<void> {
    try {
      const head = await chain.head()
      if (head) log.info(head, 'the audit reaches here')
      else log.error({}, 'the head of the audit’s chain is gone')
    } catch (error) {
      log.warn(whereFrom(error), 'how far the audit reaches could not be read')
    }
  }

  /** Runs until told to stop. */
  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await anchor()
      await sleep(everyMs * (0.5 + Math.random()), undefined, { signal }).catch(() => {})
    }
  }

  return { run }
}
