import { readFileSync, writeFileSync } from 'node:fs'

import { bindCall, createHttp } from '../../../connectors/http.ts'
import { standardBank } from '../../../connectors/standard/bank/index.ts'
import { DomainFailure } from '../../../domain/failures.ts'
import type { Reading } from '../../../domain/reading.ts'
import { kstDate } from '../../../domain/time.ts'

/*
 * A process that reads a bank as a worker does, again and again, and says after each reading how it ended and how much
 * memory it took at most: its own high-water mark, which the system keeps, so that no moment is missed.
 */

export type Order = {
  institutionId: string
  baseUrl: string
  accessToken: string
  scope: string
  /** Whether it goes on from an earlier reading. */
  isKnown: boolean
}
export type Taken = { ended: string; grownMb: number }

const MEGABYTE = 1024 * 1024
const http = createHttp({ operatorCode: 'MOATEST001', registered: () => true, mayCall: () => true })
let last: Reading | null = null

async function take(order: Order): Promise<Taken> {
  const { institutionId, baseUrl, accessToken, scope, isKnown } = order
  const visit = {
    institution: { institutionId, baseUrl, name: institutionId },
    apiType: 'user-refresh',
  } as const
  const bearer = { token: () => accessToken, instead: (_: string, refusal: Error) => Promise.reject(refusal) }
  const options = { signal: new AbortController().signal, deadlineMs: 60_000 }
  const marks = isKnown ? (last?.sections.map(({ mark }) => mark) ?? []) : []
  const before = process.memoryUsage.rss()
  forgetHighWater()
  const ended = await standardBank
    .collect({
      ...visit,
      scope,
      today: kstDate(new Date()),
      historyMonths: 12,
      known: { accounts: [], marks },
      call: bindCall(http, visit, bearer, options),
    })
    .then(
      (reading) => {
        if (reading.gaps.length === 0) last = reading
        return [...new Set(reading.gaps.map(({ failure }) => `gap: ${failure}`))].join() || 'whole'
      },
      (error: unknown) => (error instanceof DomainFailure ? error.type : String(error)),
    )
  return { ended, grownMb: Math.round((highWater() - before) / MEGABYTE) }
}

/** From now on the mark counts anew (proc(5), clear_refs). */
function forgetHighWater(): void {
  writeFileSync('/proc/self/clear_refs', '5')
}

function highWater(): number {
  const [, kilobytes = ''] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

const say = (facts: object): void => void process.stdout.write(`${JSON.stringify(facts)}\n`)

process.on('message', (order: Order) => void take(order).then((taken) => process.send?.(taken)))
say({ ready: true })
