import type { Floor } from './floor.ts'
import type { Ground } from './ground.ts'
import type { Person } from './people.ts'

export type Arm = 'moa' | 'floor'

/** One refresh, by our clock and by the institutions'. */
export type Measured = {
  arm: Arm
  refreshNo: number
  userKey: string
  userId: number
  /** Epoch, ms: the request left. */
  postedAt: number
  acceptedMs: number
  /** Event → visible to readers. */
  totalMs: number
  /** The slowest institution's own chain of calls, as that institution measured it (L*). */
  slowestMs: number
  overheadMs: number
  /** Until the first institution heard of it; from the last answer until readers saw it. */
  beforeMs: number
  afterMs: number
  calls: number
}

/** Runs one refresh of a person in one of the arms and asks the institutions how long it took them. */
export async function measureOne(ground: Ground, floor: Floor, arm: Arm, person: Person): Promise<Measured> {
  const postedAt = Date.now()
  const begunAt = performance.now()
  const { refreshNo, acceptedMs, visibleAt } = await (arm === 'moa' ? throughApi : onFloor)(
    ground,
    floor,
    person,
  )
  const totalMs = visibleAt - begunAt
  const chains = await ground.institutions.chains(person.name, postedAt)
  if (chains.length < person.institutionIds.length) throw new Error('an institution was never asked')
  const slowestMs = Math.max(...chains.map(({ ms }) => ms ?? 0))
  const firstStart = Math.min(...chains.map((chain) => chain.firstStart))
  const lastEnd = Math.max(...chains.map((chain) => chain.lastEnd ?? 0))
  return {
    arm,
    refreshNo,
    userKey: person.userKey,
    userId: person.userId,
    postedAt,
    acceptedMs,
    totalMs,
    slowestMs,
    overheadMs: totalMs - slowestMs,
    beforeMs: firstStart - postedAt,
    afterMs: postedAt + totalMs - lastEnd,
    calls: chains.reduce((sum, chain) => sum + chain.calls, 0),
  }
}

type Seen = { refreshNo: number; acceptedMs: number; visibleAt: number }

async function throughApi({ api, watcher }: Ground, _: Floor, person: Person): Promise<Seen> {
  const { refreshNo, ms } = await api.start(person)
  return { refreshNo, acceptedMs: ms, visibleAt: await watcher.visible(person.userId, refreshNo) }
}

async function onFloor({ watcher }: Ground, floor: Floor, person: Person): Promise<Seen> {
  const begunAt = performance.now()
  let seen: Promise<Seen> | undefined
  await floor.refresh(person, (refreshNo) => {
    const acceptedMs = performance.now() - begunAt
    seen = watcher
      .visible(person.userId, refreshNo)
      .then((visibleAt) => ({ refreshNo, acceptedMs, visibleAt }))
  })
  return seen!
}
