import type { Standing } from './judge-token.ts'

/** One call as the institution saw it; `at` and `endedAt` are real time in milliseconds. */
export type Call = {
  no: number
  at: number
  endedAt: number | null
  ms: number | null
  institutionId: string
  api: string
  person: string | null
  apiType: string | null
  /** Of a token call. */
  grantType: string | null
  /** Where the refresh token that was presented stood in its series, when it came. */
  refreshToken: Standing | 'unknown' | null
  tranId: string | null
  status: number | null
  rspCode: string | null
  /** The answer did not reach the client, which went away or was cut off. */
  aborted: boolean
  /** The rule that decided what became of it. */
  rule: string | null
  /** How its answer was spoiled, or 'hang'. */
  fault: string | null
}
export type CallFilter = {
  institutionId?: string | undefined
  person?: string | undefined
  api?: string | undefined
  /** Real time in milliseconds, inclusive. */
  since?: number | undefined
}
/** A person's calls at one institution, from the start of the first to the end of the last. */
export type Chain = {
  institutionId: string
  calls: number
  firstStart: number
  lastEnd: number | null
  ms: number | null
}
type Watcher = (call: Call) => void
export type CallLog = ReturnType<typeof createCallLog>

/** About 300 bytes a call: 30 MB. */
const MAX_CALLS = 100_000

export function createCallLog() {
  const ring: Call[] = []
  const watchers = new Set<Watcher>()
  let started = 0
  const tell = (call: Call) => {
    for (const watcher of watchers) watcher(call)
  }
  const open = (institutionId: string): Call => {
    started += 1
    const call: Call = {
      no: started,
      at: Date.now(),
      endedAt: null,
      ms: null,
      institutionId,
      api: 'unknown',
      person: null,
      apiType: null,
      grantType: null,
      refreshToken: null,
      tranId: null,
      status: null,
      rspCode: null,
      aborted: false,
      rule: null,
      fault: null,
    }
    ring[(started - 1) % MAX_CALLS] = call
    tell(call)
    return call
  }
  const close = (call: Call, end: { status: number | null; rspCode: string | null; aborted: boolean }) => {
    if (call.endedAt !== null) return
    Object.assign(call, end)
    call.endedAt = Date.now()
    call.ms = call.endedAt - call.at
    tell(call)
  }
  const list = (filter: CallFilter = {}): Call[] => {
    const first = started > MAX_CALLS ? started % MAX_CALLS : 0
    return [...ring.slice(first), ...ring.slice(0, first)].filter(
      (call) =>
        (filter.institutionId === undefined || call.institutionId === filter.institutionId) &&
        (filter.person === undefined || call.person === filter.person) &&
        (filter.api === undefined || call.api === filter.api) &&
        (filter.since === undefined || call.at >= filter.since),
    )
  }
  return {
    open,
    close,
    list,
    chains: (filter: CallFilter = {}) => chainsOf(list(filter)),
    /** Tells of each call when it comes and when it ends, until the function it gives is called. */
    watch: (watcher: Watcher): (() => void) => {
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
  }
}

function chainsOf(calls: readonly Call[]): Chain[] {
  const chains = new Map<string, Chain>()
  for (const { institutionId, at, endedAt } of calls) {
    const chain = chains.get(institutionId) ?? {
      institutionId,
      calls: 0,
      firstStart: at,
      lastEnd: null,
      ms: null,
    }
    chain.calls += 1
    if (endedAt !== null) chain.lastEnd = Math.max(chain.lastEnd ?? 0, endedAt)
    if (chain.lastEnd !== null) chain.ms = chain.lastEnd - chain.firstStart
    chains.set(institutionId, chain)
  }
  return [...chains.values()]
}
