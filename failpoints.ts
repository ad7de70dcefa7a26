import { setTimeout as sleep } from 'node:timers/promises'

type Action = { kind: string | undefined; onHit: number; ms: number }

const SPEC = /^(?<name>[\w.-]+)=(?<kind>kill|throw|delay)(?::(?<ms>\d+))?(?:@(?<hit>\d+))?$/

/**
 * Places where a test may kill this process, make a step fail, or hold it: 'reading.answered=kill@2,snapshot.cut=delay:500'.
 * A no-op without a specification. Given to the parts by their main, never imported by them.
 */
export function createFailpoints(specification: string): (name: string) => Promise<void> {
  const actions = new Map(specification.split(',').filter(Boolean).map(parse))
  const hits = new Map<string, number>()
  return async (name) => {
    const action = actions.get(name)
    if (!action) return
    const hit = (hits.get(name) ?? 0) + 1
    hits.set(name, hit)
    if (action.onHit !== 0 && hit !== action.onHit) return
    if (action.kind === 'kill') process.kill(process.pid, 'SIGKILL')
    if (action.kind === 'delay') await sleep(action.ms)
    if (action.kind === 'throw') throw new Error(`failpoint ${name}`)
  }
}

function parse(entry: string): [string, Action] {
  const groups = SPEC.exec(entry)?.groups
  if (!groups) throw new RangeError(`not a failpoint: ${entry}`)
  const { name, kind, ms, hit } = groups
  return [name!, { kind, ms: Number(ms ?? 0), onHit: Number(hit ?? 0) }]
}
