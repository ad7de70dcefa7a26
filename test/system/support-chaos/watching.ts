import { setTimeout as sleep } from 'node:timers/promises'

import type { Person } from '../world.ts'
import type { Api } from './pressing.ts'
import type { Seen } from './reader-invariants.ts'

type Deps = { api: Api; people: readonly Person[] }

type Head = {
  status: Seen['status']
  snapshotNo: number
  coverage: {
    institutionId: string
    asOf: string | null
    state: string
    reason: object | null
    required: boolean
  }[]
}

const VIEWS = ['complete', 'latest'] as const
const LOOK_EVERY_MS = 50

/** People who look at what is shown, all the time, one after another. A reader is answered, or told to come again. */
export function createWatching({ api, people }: Deps) {
  const seen: Seen[] = []
  const wrong: string[] = []
  let unavailable = 0
  let round: { isOver: boolean; done: Promise<void> } | null = null

  async function look({ person }: Person, view: Seen['view']): Promise<void> {
    const answer = await api.ask(person, `/v1/me/snapshot?view=${view}`).catch((error: unknown) => {
      wrong.push(`GET: ${String(error)}`)
      return null
    })
    if (answer?.status === 200) seen.push(seenIn(person, view, (await answer.json()) as Head))
    else if (answer?.status === 503) unavailable += 1
    else if (answer && answer.status !== 404) wrong.push(`GET: ${answer.status} ${await answer.text()}`)
  }

  async function lookUntilOver(state: { isOver: boolean }): Promise<void> {
    for (let at = 0; !state.isOver; at += 1) {
      for (const view of VIEWS) await look(people[at % people.length]!, view)
      await sleep(LOOK_EVERY_MS)
    }
  }

  return {
    seen,
    wrong,
    unavailable: () => unavailable,
    start: (): void => {
      const state = { isOver: false }
      round = Object.assign(state, { done: lookUntilOver(state) })
    },
    pause: async (): Promise<void> => {
      if (round) round.isOver = true
      await round?.done
      round = null
    },
  }
}

const seenIn = (person: string, view: Seen['view'], { status, snapshotNo, coverage }: Head): Seen => ({
  person,
  view,
  status,
  snapshotNo,
  asOf: Object.fromEntries(coverage.map(({ institutionId, asOf }) => [institutionId, asOf])),
  lacks: coverage
    .filter(({ required, state, reason }) => required && (state !== 'fresh' || reason !== null))
    .map(({ institutionId }) => institutionId),
})
