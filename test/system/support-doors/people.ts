import { randomBytes } from 'node:crypto'

import type { UserId } from '../../../db/database.ts'
import { makeAsked, type TestMoa } from '../moa.ts'
import { BUTTON, createSteps, refreshOf } from '../support/person.ts'
import { makeReading } from '../support/readings.ts'
import type { Doors } from './doors.ts'

/** Somebody with published data, and every handle by which another might try to reach it. */
export type Victim = {
  userId: UserId
  userKey: string
  subject: string
  token: string
  /** A refresh of theirs that is closed, and one that is open: others have no refresh of these numbers. */
  refreshNo: number
  openNo: number
  snapshotNo: number
  /** Where nobody else has a consent. */
  institutionId: string
  accountKey: string
  cursor: string
  etags: Map<string, string>
  /** Of an event of theirs; with `body` for `view`, of another event with another body. */
  idempotencyKey: string
  /** Of an answer of their institution that was not believed. */
  responseId: string
  /** Of an authorization of theirs that nobody has answered. */
  consentState: string
  /** Texts that stand in their rows and in nobody else's. */
  words: string[]
}

export type Plain = Pick<Victim, 'userId' | 'userKey' | 'subject' | 'token'>

export const SNAPSHOT_READS = [
  '/v1/me/snapshot',
  '/v1/me/accounts',
  '/v1/me/transactions',
  '/v1/me/spending',
  '/v1/me/insights',
] as const

export function createPeople(moa: TestMoa, doors: Doors) {
  const steps = createSteps(moa)

  /** A person with consents at these institutions, read and published so many times; each amount and name their own. */
  async function publish(mark: string, institutionIds: readonly string[], times: number) {
    const { userId, userKey, refreshNo: first } = await steps.enrolWithConsents(institutionIds)
    let refreshNo = first
    for (let time = 1; time <= times; time += 1) {
      if (time > 1) refreshNo = refreshOf(await steps.record(userId, BUTTON))
      await moa.worker.refreshes.begin(userId, refreshNo, 'run')
      for (const institutionId of institutionIds) {
        const { ref, attempt } = await steps.beginReading(userId, refreshNo, institutionId)
        await steps.apply(ref, attempt, readingOf(mark, institutionId, time))
      }
      await steps.cutAndPublish(userId, refreshNo, 1)
    }
    const [row] = await moa.test.owner<[{ subject: string }]>`
      SELECT subject FROM users WHERE user_id = ${userId}`
    return { userId, userKey, refreshNo, subject: row.subject, token: await doors.tokens.of(row.subject) }
  }

  /** Three published refreshes, and a fourth that is open. */
  async function makeVictim(mark: string, institutionIds: readonly string[]): Promise<Victim> {
    const person = await publish(mark, institutionIds, 3)
    const { userId, token } = person
    const read = async (path: string) => doors.ask('users', path, { token })
    const etags = new Map<string, string>()
    for (const path of SNAPSHOT_READS) etags.set(path, (await read(path)).headers.get('etag')!)
    const page = (await (await read('/v1/me/transactions?limit=1')).json()) as {
      snapshotNo: number
      nextCursor: string
      transactions: { id: string; accountKey: string }[]
    }
    const idempotencyKey = `view-${randomBytes(12).toString('hex')}`
    await record(token, 'assets.home_viewed', idempotencyKey)
    await record(token, 'assets.home_viewed', idempotencyKey.replace('view', 'body'))
    const { id, accountKey } = page.transactions[0]!
    const own = institutionIds.at(-1)!
    return {
      ...person,
      openNo: refreshOf(await steps.record(userId, BUTTON)),
      snapshotNo: page.snapshotNo,
      institutionId: own,
      accountKey,
      cursor: page.nextCursor,
      etags,
      idempotencyKey,
      // Where the consent stays: what is kept ends with its consent.
      responseId: await keepResponse(userId, institutionIds[0]!, mark),
      consentState: await beginConsent(userId, own),
      words: [mark, own, accountKey, `"id":"${id}"`, person.userKey, person.subject, idempotencyKey],
    }
  }

  async function beginConsent(userId: UserId, institutionId: string): Promise<string> {
    const opened = await moa.api.consentRequests.open(userId, makeAsked([institutionId]))
    if (opened === 'too_many') throw new Error('a person may begin an authorization')
    return opened.state
  }

  async function keepResponse(userId: UserId, institutionId: string, mark: string): Promise<string> {
    const sent = { api: 'bank-004', status: 200, headers: {}, expected: 'expected rows', isWhole: true }
    const ref = { userId, institutionId }
    await moa.worker.keptResponses.keep(ref, 1, [{ ...sent, body: Buffer.from(`{"memo":"${mark}"}`) }])
    const [row] = await moa.test.owner<[{ id: string }]>`
      SELECT response_id::text AS id FROM kept_responses WHERE user_id = ${userId}`
    return row.id
  }

  async function record(token: string, type: string, key: string): Promise<void> {
    const headers = { 'idempotency-key': key }
    await doors.ask('users', '/v1/events', { method: 'POST', token, headers, body: { type } })
  }

  return { makeVictim, publish }
}

const readingOf = (mark: string, institutionId: string, time: number) =>
  makeReading([
    {
      name: `${mark} ${institutionId}`,
      amount: 1_000 + time,
      bookings: [1, 2, 3].map((no) => ({
        no,
        on: `2026-02-0${no}`,
        amount: no,
        description: `${mark} paid ${no}`,
      })),
    },
  ])

/** Everything of a person in every table that names one, as one digest. */
export async function digestOf(moa: TestMoa, userId: UserId): Promise<string> {
  const { owner } = moa.test
  const tables = await owner<{ name: string }[]>`
    SELECT c.table_name AS name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND c.column_name = 'user_id' AND t.table_type = 'BASE TABLE' ORDER BY 1`
  const digests = await Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await owner<[{ digest: string | null }]>`
        SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM ${owner(name)} t
        WHERE user_id = ${userId}`
      return `${name} ${row.digest}`
    }),
  )
  return digests.join('\n')
}
