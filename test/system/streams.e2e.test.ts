import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, test } from 'vitest'
import type { z } from 'zod'

import type { refreshAnswer } from '../../api/answers/refreshes.ts'
import { refreshHeadEvent, snapshotEvent } from '../../api/streams/member-stream.ts'
import { refreshEvent } from '../../api/streams/refresh-stream.ts'
import { listenForChanges } from '../../db/changes.ts'
import { type ProcessWorld, startProcessWorld } from './support-e2e/processes.ts'
import { startStreamClient } from './support-e2e/stream-client.ts'
import { createRandom, freshSeed } from './support/random.ts'
import { closed, type Person, until } from './world.ts'

const MEMBER = '/v1/me/stream'
const streamOf = (refreshNo: number): string => `/v1/me/refreshes/${refreshNo}/stream`

type Api = Awaited<ReturnType<ProcessWorld['startApi']>>

/** A client of one address, which follows the API to wherever it listens now. */
const client = (
  api: { now: Api },
  person: string,
  path: string,
  cuts: Parameters<typeof startStreamClient>[1] = null,
) => startStreamClient((headers, signal) => api.now.ask(person, path, { headers, signal }), cuts)

/** Raises the button and answers the number of the refresh that serves it. */
async function press({ now }: { now: Api }, { person }: Person): Promise<number> {
  const answer = await now.raise(person, 'assets.refresh_requested')
  const { refresh } = (await answer.json()) as { refresh: { refreshNo: number } }
  return refresh.refreshNo
}

const publishedOf = async ({ moa }: ProcessWorld, { userId }: Person): Promise<string[]> => {
  const rows = await moa.test.owner<{ no: string }[]>`
    SELECT snapshot_no::text AS no FROM snapshots
    WHERE user_id = ${userId} AND status IN ('complete', 'partial') ORDER BY snapshot_no`
  return rows.map(({ no }) => no)
}

const idsOf = (events: readonly { event: string; id: string }[]) =>
  events.filter(({ event }) => event === 'snapshot').map(({ id }) => id)

describe.concurrent('a client that is cut off again and again', () => {
  test('is told every snapshot once and in order, and how each refresh ended', async () => {
    const seed = freshSeed()
    const random = createRandom(seed)
    const world = await startProcessWorld({ institutions: 3 })
    const person = await world.enrol('patchy')
    // Two cuts of each refresh: what is there when patience ends, and the whole once the slow bank has answered.
    const slowly = () =>
      world.sandbox.control.behaviour({ institutionId: 'SBXBANK003', latencyMs: 900, times: 1 })
    await world.moa.test.owner`UPDATE refreshes SET patience_ms = 300 WHERE user_id = ${person.userId}`
    const api = { now: await world.startApi() }
    const cuts = { random, longestMs: 400 }
    const member = client(api, person.person, MEMBER, cuts)
    await until('the first word', async () => member.events.length > 0)
    await world.startWorker()
    slowly()
    for (let turn = 0, refreshNo = person.refreshNo; turn < 4; turn += 1) {
      const followed = client(api, person.person, streamOf(refreshNo), cuts)
      await closed(world, person.userId, refreshNo)
      await followed.ended
      const asked = await api.now.ask(person.person, `/v1/me/refreshes/${refreshNo}`)
      const now = (await asked.json()) as z.infer<typeof refreshAnswer>
      const told = followed.dataOf<unknown>('refresh').map((data) => refreshEvent.parse(data))
      expect(told.at(-1), `MOA_SEED=${seed}`).toEqual(now)
      expect(now.state).toBe('succeeded')
      world.sandbox.control.moveClock({ advanceDays: 1 })
      if (turn === 3) break
      slowly()
      refreshNo = await press(api, person)
      await world.moa.test.owner`
        UPDATE refreshes SET patience_ms = 300 WHERE user_id = ${person.userId} AND refresh_no = ${refreshNo}`
    }
    const published = await publishedOf(world, person)
    expect(published.length).toBeGreaterThan(4)
    const heads = () => member.dataOf<unknown>('refresh').map((data) => refreshHeadEvent.parse(data))
    await until('the last snapshot to be told', async () => idsOf(member.events).at(-1) === published.at(-1))
    await until('the end of the last refresh to be told', async () =>
      heads().some(({ refreshNo, closedAt }) => refreshNo === person.refreshNo + 3 && closedAt !== null),
    )
    await member.stop()
    expect(heads().at(-1)).toMatchObject({ refreshNo: person.refreshNo + 3, state: 'succeeded' })
    expect(idsOf(member.events), `MOA_SEED=${seed}`).toEqual(published)
    expect(member.connections()).toBeGreaterThan(5)
    for (const data of member.dataOf<unknown>('snapshot')) snapshotEvent.parse(data)
    await world.close()
  })
})

describe.concurrent('a stream', () => {
  test('goes on through the death of the API, at another one', async () => {
    const world = await startProcessWorld({ institutions: 2 })
    const person = await world.enrol('moved')
    world.sandbox.control.behaviour({ institutionId: 'SBXBANK002', latencyMs: 4_000, times: 1 })
    const api = { now: await world.startApi() }
    const member = client(api, person.person, MEMBER)
    const followed = client(api, person.person, streamOf(person.refreshNo))
    await world.startWorker()
    const isHalfRead = () =>
      followed
        .dataOf<z.infer<typeof refreshEvent>>('refresh')
        .some(({ institutions }) => institutions.some(({ state }) => state === 'collected'))
    await until('the quick bank to be told', async () => isHalfRead())
    await api.now.kill()
    api.now = await world.startApi()
    await followed.ended
    const published = await publishedOf(world, person)
    await until('the last snapshot to be told', async () => idsOf(member.events).at(-1) === published.at(-1))
    await member.stop()
    expect(followed.events.at(-1)!.event).toBe('closed')
    expect(idsOf(member.events)).toEqual(published)
    expect(followed.connections()).toBeGreaterThan(1)
    await world.close()
  })

  test('ends when the API is told to stop, and says that it will be elsewhere', async () => {
    const world = await startProcessWorld({ institutions: 1 })
    const person = await world.enrol('stopping')
    const api = { now: await world.startApi() }
    const member = client(api, person.person, MEMBER)
    await until('an event', async () => member.events.length > 0)
    process.kill(api.now.pid()!, 'SIGTERM')
    expect((await api.now.gone)?.message).toContain('ended with code 0')
    await member.stop()
    expect(member.dataOf('ending')).toEqual([{ because: 'ShuttingDown' }])
    await world.close()
  })

  test('shows what nobody announced, also while nothing can be heard', async () => {
    const world = await startProcessWorld({ institutions: 1 })
    const person = await world.enrol('unheard')
    const api = { now: await world.startApi() }
    const followed = client(api, person.person, streamOf(person.refreshNo))
    await until('the first state', async () => followed.events.length > 0)
    const { owner } = world.moa.test
    const deafen = setInterval(() => {
      void owner`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'moa stream listener' AND datname = current_database()`.catch(() => {})
    }, 20)
    await sleep(200)
    await world.moa.worker.refreshes.begin(person.userId, person.refreshNo, 'run')
    await until('the begin to be told', async () => followed.events.length > 1, 10_000)
    clearInterval(deafen)

    // The listener is back, and has looked for what it missed; what is changed past everyone is found all the same.
    await sleep(2_000)
    await owner`
      UPDATE refreshes SET state = 'cancelled', closed_at = now(), closed_because = 'a test'
      WHERE user_id = ${person.userId} AND refresh_no = ${person.refreshNo}`
    await followed.ended
    const states = followed.dataOf<z.infer<typeof refreshEvent>>('refresh').map(({ state }) => state)
    expect(states).toEqual(['requested', 'running', 'cancelled'])
    await world.close()
  })

  test('need not wait for a look: what the API and the worker change is told of by each', async () => {
    const world = await startProcessWorld({ institutions: 1 })
    const person = await world.enrol('told')
    const heard: number[] = []
    const listening = listenForChanges(world.moa.test.urlOf('moa_api'), {
      heard: (userIds) => heard.push(...userIds),
      began: () => {},
    })
    await listening.firstTry
    const api = { now: await world.startApi() }
    await press(api, person)
    await until('the API to tell', async () => heard.length > 0)
    expect(heard).toEqual([person.userId])
    await world.startWorker()
    await closed(world, person.userId, person.refreshNo)
    await until('the worker to tell', async () => heard.length > 1)
    expect(new Set(heard)).toEqual(new Set([person.userId]))
    await listening.close()
    await world.close()
  })

  test('of one person shows nothing of another, and of refreshes only one’s own', async () => {
    const world = await startProcessWorld({ institutions: 1 })
    const [person, other] = [await world.enrol('one'), await world.enrol('another')]
    const stranger = await world.moa.api.users.enrol('https://test', 'stranger')
    await world.startWorker()
    const api = { now: await world.startApi() }
    const watching = client(api, 'stranger', MEMBER)
    await until('the stream', async () => watching.connections() > 0)
    const refused = client(api, 'stranger', streamOf(person.refreshNo))
    await refused.ended
    expect(refused.statuses).toEqual([404])
    const own = client(api, person.person, streamOf(person.refreshNo))
    await Promise.all([own.ended, closed(world, other.userId, other.refreshNo)])
    expect(own.events.at(-1)!.event).toBe('closed')
    await watching.stop()
    expect(watching.events.map(({ event }) => event)).toEqual(['nothing'])
    expect(stranger.userId).not.toBe(person.userId)
    await world.close()
  })

  test('is refused beyond what the settings allow, and a place that was given back is free', async () => {
    const world = await startProcessWorld({ institutions: 1 })
    const person = await world.enrol('limited')
    const api = { now: await world.startApi({ STREAMS_PER_USER: '2' }) }
    const open = [client(api, person.person, MEMBER), client(api, person.person, MEMBER)]
    await until('both', async () => open.every(({ connections }) => connections() === 1))
    const refused = await api.now.ask(person.person, MEMBER)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30'])
    await open[0]!.stop()
    await until('a free place', async () => {
      const answer = await api.now.ask(person.person, MEMBER)
      await answer.body!.cancel()
      return answer.status === 200
    })
    await open[1]!.stop()
    await world.close()
  })
})
