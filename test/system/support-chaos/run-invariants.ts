import { refreshWorkflowId } from '../../../workflows/contract.ts'
import { openEngine } from '../support-e2e/engine.ts'
import type { Evidence, Violation } from './invariants.ts'

type Refresh = { userKey: string; refreshNo: number; state: string; isOpen: boolean }

/** Rows and engine agree, once both are at rest: a run for what is open, none for what is over, none for nothing. */
export async function runViolations({ moa, engine, people }: Evidence): Promise<Violation[]> {
  const refreshes = await moa.test.owner<Refresh[]>`
    SELECT user_key AS "userKey", refresh_no AS "refreshNo", r.state, closed_at IS NULL AS "isOpen"
    FROM refreshes r JOIN users USING (user_id)
    WHERE user_id = ANY (${people.map(({ userId }) => userId)})`
  const isRunning = await runsOf(engine, new Set(people.map(({ userKey }) => userKey)))
  const named = new Map(refreshes.map((refresh) => [refreshWorkflowId(refresh), refresh]))
  const found: Violation[] = [
    {
      invariant: 'I1',
      says: 'a run goes on although its refresh is over',
      rows: [...named].filter(([id, { isOpen }]) => !isOpen && isRunning.get(id)).map(([, row]) => row),
    },
    {
      invariant: 'I1',
      says: 'a run is missing of a refresh that is open',
      rows: [...named].filter(([id, { isOpen }]) => isOpen && !isRunning.get(id)).map(([, row]) => row),
    },
    {
      invariant: 'I1',
      says: 'a run has no refresh',
      rows: [...isRunning.keys()].filter((id) => !named.has(id)).map((workflowId) => ({ workflowId })),
    },
  ]
  return found.filter(({ rows }) => rows.length > 0)
}

/** Every run of these people that the engine lists, and whether it runs. */
async function runsOf(place: Evidence['engine'], userKeys: ReadonlySet<string>) {
  const engine = await openEngine(place)
  const isRunning = new Map<string, boolean>()
  for await (const { workflowId, status } of engine.client.workflow.list()) {
    const [kind, userKey] = workflowId.split('/')
    if (kind !== 'refresh' || !userKeys.has(userKey!)) continue
    isRunning.set(workflowId, (isRunning.get(workflowId) ?? false) || status.name === 'RUNNING')
  }
  await engine.close()
  return isRunning
}
