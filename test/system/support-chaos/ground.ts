import { setTimeout as sleep } from 'node:timers/promises'

import type { Limits } from '../../../domain/refresh.ts'
import { createTestMoa, type TestDatabase, testPolicy } from '../moa.ts'
import { tell } from '../support-e2e/asking.ts'
import type { EnginePlace } from '../support-e2e/engine.ts'
import { createNamespace, startProcessWorld } from '../support-e2e/processes.ts'
import { createLink, placeOf, throughLink } from '../support/link.ts'
import type { Person } from '../world.ts'
import { type EndedConsent, type Evidence, lastingViolations } from './invariants.ts'
import { createPressing } from './pressing.ts'
import { createWatching } from './watching.ts'

export type GroundOptions = {
  people: number
  workers: number
  /** Servers of the test's own, where it stops them; otherwise those of the run. */
  postgres?: TestDatabase
  engine?: EnginePlace
  /** What differs from the usual limits of a reading; of first readings only. */
  limits?: Partial<Limits>
  /** Of each worker. */
  settings?: Record<string, string>
}

/** Two banks and a card company. */
export const INSTITUTIONS = 3

// What fails is tried again after a second, and a worker that is silent for two is taken for dead.
const LIMITS: Limits = {
  callMs: 2_000,
  attemptMs: 20_000,
  readingMs: 60_000,
  heartbeatMs: 2_000,
  quickTries: 3,
  waitsMs: [1_000, 1_000, 2_000],
}
const API_SETTINGS = {
  CALL_TIMEOUT_MS: '2000',
  ATTEMPT_TIMEOUT_MS: '20000',
  READING_TIMEOUT_MS: '60000',
  HEARTBEAT_TIMEOUT_MS: '2000',
  WAITS_SECONDS: '1,1,2',
}

/**
 * The whole of Moa over real processes, to be broken: an API, workers, people with three institutions each, and
 * a link on every way of a worker: to the database, to the engine, to the institutions.
 */
export async function startGround({ people: count, workers, settings, limits, ...own }: GroundOptions) {
  const moa = await createTestMoa({
    policy: { ...testPolicy, limitsFor: () => ({ ...LIMITS, ...limits }) },
    ...(own.postgres && { test: own.postgres }),
  })
  const engine = own.engine ?? (await createNamespace())
  const place: { sandbox?: string } = {}
  const links = {
    database: await createLink(() => placeOf(moa.test.ownerUrl)),
    engine: await createLink(() => placeOf(`tcp://${engine.address}`)),
    institutions: await createLink(() => placeOf(place.sandbox!)),
  }
  const world = await startProcessWorld({
    moa,
    engine,
    sandbox: { cardInstitutions: 1, baseUrl: `http://127.0.0.1:${links.institutions.port}` },
  })
  place.sandbox = world.sandbox.url
  const startWorker = (more: Record<string, string> = {}) =>
    world.startWorker({
      WORKER_DATABASE_URL: throughLink(moa.test.urlOf('moa_worker'), links.database),
      CARETAKER_DATABASE_URL: throughLink(moa.test.urlOf('moa_caretaker'), links.database),
      TEMPORAL_ADDRESS: `127.0.0.1:${links.engine.port}`,
      ...settings,
      ...more,
    })
  const [api, ...started] = await Promise.all([
    world.startApi(API_SETTINGS),
    ...Array.from({ length: workers }, () => startWorker()),
  ])
  const people: Person[] = []
  for (let no = 1; no <= count; no += 1) people.push(await world.enrol(`person-${no}`))
  for (const person of people) await tell(world, person, 'consent.granted')

  const ended: EndedConsent[] = []
  const evidence = (more: Partial<Evidence>): Evidence => ({
    moa,
    sandbox: world.sandbox,
    engine,
    people,
    ended,
    ...more,
  })
  const pressing = createPressing({ moa, api, people })
  const watching = createWatching({ api, people })

  const unavailable = () => pressing.unavailable() + watching.unavailable()

  /** Until every refresh is over; throws by which they are not, within the time that a recovery may take. */
  async function atRest(withinMs: number): Promise<void> {
    const giveUpAt = Date.now() + withinMs
    for (;;) {
      const open = await moa.test.owner`
        SELECT user_id, refresh_no, state FROM refreshes WHERE closed_at IS NULL`.catch(() => null)
      if (open?.length === 0) return
      if (Date.now() > giveUpAt) {
        const warnings = world.warnings().slice(-20).join('\n')
        throw new Error(`still open after ${withinMs} ms: ${JSON.stringify(open)}\n${warnings}`)
      }
      await sleep(100)
    }
  }

  /**
   * Safety, then liveness: while it is broken people press and look; then all is well, and whatever was accepted ends
   * within the stated time. Answers what did not hold, and how much was done.
   */
  async function endure(withinMs: number, breakIt: () => Promise<unknown>) {
    const begunAt = Date.now()
    const before = {
      refreshes: pressing.accepted.length,
      reads: watching.seen.length,
      unavailable: unavailable(),
    }
    pressing.start()
    watching.start()
    try {
      await breakIt()
    } finally {
      await Promise.all([pressing.stop(), watching.pause()])
    }
    const from = Date.now()
    watching.start()
    try {
      await atRest(withinMs)
    } finally {
      await watching.pause()
    }
    const recovery = { from, withinMs }
    const violations = await lastingViolations(
      evidence({ accepted: pressing.accepted, seen: watching.seen, recovery }),
    )
    const facts = {
      refreshes: pressing.accepted.length - before.refreshes,
      reads: watching.seen.length - before.reads,
      unavailable: unavailable() - before.unavailable,
      brokenMs: from - begunAt,
      recoveredMs: Date.now() - from,
    }
    return { violations, wrong: [...pressing.wrong, ...watching.wrong], facts }
  }

  return {
    world,
    moa,
    engine,
    links,
    api,
    workers: started,
    people,
    ended,
    startWorker,
    atRest,
    endure,
    evidence,
    close: async () => {
      await world.close()
      await Promise.all(Object.values(links).map((link) => link.close()))
    },
  }
}

/** The same for one test alone; it is left however the test ends, and whatever stands still there. */
export async function onGround<T>(options: GroundOptions, work: (ground: Ground) => Promise<T>): Promise<T> {
  const ground = await startGround(options)
  try {
    return await work(ground)
  } finally {
    await ground.close()
  }
}

export type Ground = Awaited<ReturnType<typeof startGround>>
