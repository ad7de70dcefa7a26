import { setTimeout as sleep } from 'node:timers/promises'

import type { TestMoa } from '../moa.ts'
import type { ProcessWorld } from '../support-e2e/processes.ts'
import type { Person } from '../world.ts'

export type Api = Awaited<ReturnType<ProcessWorld['startApi']>>
type Deps = { moa: TestMoa; api: Api; people: readonly Person[] }

const LOOK_EVERY_MS = 100

/** People who press the button again and again: whoever has nothing under way does. */
export function createPressing({ moa, api, people }: Deps) {
  const accepted: { userKey: string; refreshNo: number }[] = []
  const wrong: string[] = []
  let unavailable = 0
  let round: { isOver: boolean; done: Promise<void> } | null = null

  async function press({ person, userKey }: Person): Promise<void> {
    const answer = await api.raise(person, 'assets.refresh_requested').catch((error: unknown) => {
      wrong.push(`POST: ${String(error)}`)
      return null
    })
    if (answer?.status === 503) unavailable += 1
    else if (answer?.status !== 202) wrong.push(`POST: ${answer?.status} ${await answer?.text()}`)
    else {
      const { refresh } = (await answer.json()) as { refresh?: { refreshNo: number } }
      if (refresh) accepted.push({ userKey, refreshNo: refresh.refreshNo })
    }
  }

  async function pressUntilOver(state: { isOver: boolean }): Promise<void> {
    while (!state.isOver) {
      const busy = await openOnes(moa).catch(() => null) // the database may be what is away
      const idle = busy === null ? people.slice(0, 1) : people.filter(({ userId }) => !busy.has(userId))
      await Promise.all(idle.map(press))
      await sleep(LOOK_EVERY_MS)
    }
  }

  return {
    accepted,
    wrong,
    unavailable: () => unavailable,
    start: (): void => {
      const state = { isOver: false }
      round = Object.assign(state, { done: pressUntilOver(state) })
    },
    stop: async (): Promise<void> => {
      if (round) round.isOver = true
      await round?.done
      round = null
    },
  }
}

async function openOnes({ test }: TestMoa): Promise<Set<number>> {
  const rows = await test.owner<{ userId: number }[]>`
    SELECT user_id::int AS "userId" FROM refreshes WHERE closed_at IS NULL`
  return new Set(rows.map(({ userId }) => userId))
}
