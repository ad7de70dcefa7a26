import type { UserId } from '../../../db/database.ts'
import type { Classifiable, Classification } from '../../../domain/classification/rule.ts'
import { makeGrant, type TestMoa } from '../moa.ts'
import { analyseAll, BUTTON, type Steps } from './person.ts'
import type { Random } from './random.ts'
import { type MadeAccount, makeReading } from './readings.ts'

/** Days of one person at a few institutions, drawn by lot: what is read, cut, shown, thrown away, taken back. */
export function createHistory(moa: TestMoa, steps: Steps, random: Random, institutionIds: readonly string[]) {
  const { api, worker } = moa
  const world = new Map(institutionIds.map((id) => [id, [{ name: `${id}-1`, amount: 1, bookings: [] }]]))
  let nextBooking = 1
  let mood = 0

  async function begin(): Promise<UserId> {
    const { userId, refreshNo } = await steps.enrolWithConsents(institutionIds)
    await live(userId, refreshNo)
    return userId
  }

  /** One day: all that was shown gets a day older, something happens outside, and it is read, more or less. */
  async function day(userId: UserId): Promise<void> {
    await moa.test.owner`
      UPDATE snapshots SET cut_at = cut_at - interval '1 day', published_at = published_at - interval '1 day'
      WHERE user_id = ${userId}`
    for (const institutionId of institutionIds) if (random.chance(0.6)) happen(institutionId)
    if (random.chance(0.2)) mood += 1
    const answer = random.chance(0.15) ? await changeConsent(userId) : await steps.record(userId, BUTTON)
    if (answer?.outcome === 'started' || answer?.outcome === 'joined') await live(userId, answer.refreshNo)
  }

  /** A refresh as it may go: some institutions silent, some read twice, cuts that nobody sees in between. */
  async function live(userId: UserId, refreshNo: number): Promise<void> {
    const plan = await worker.refreshes.begin(userId, refreshNo, 'run')
    if (plan.state === 'closed') return
    let cutNo = 0
    for (const { institutionId } of plan.readings) {
      if (random.chance(0.15)) continue
      await collect(userId, refreshNo, institutionId)
      if (random.chance(0.25)) {
        happen(institutionId)
        await steps.record(userId, BUTTON)
        await collect(userId, refreshNo, institutionId)
      }
      if (
        random.chance(0.3) &&
        (await cut(userId, refreshNo, (cutNo += 1), random.chance(0.6))) === 'complete'
      )
        return
    }
    // Now and then what was read last is in no cut.
    const outcome = random.chance(0.1) ? null : await cut(userId, refreshNo, cutNo + 1, random.chance(0.9))
    if (outcome !== 'complete') await worker.refreshes.close(userId, refreshNo, 'incomplete', 'a test')
  }

  async function collect(userId: UserId, refreshNo: number, institutionId: string): Promise<void> {
    const { ref, attempt } = await steps.beginReading(userId, refreshNo, institutionId)
    await steps.apply(ref, attempt, makeReading(world.get(institutionId)!))
  }

  /** Left unfinished at any of its steps, or shown. */
  async function cut(userId: UserId, refreshNo: number, cutNo: number, isShown: boolean) {
    const snapshotNo = (await worker.cuts.cut(userId, refreshNo, cutNo))!
    if (!isShown && random.chance(0.3)) return null
    await worker.classifications.classifyCut(userId, snapshotNo, classify, 1)
    if (!isShown && random.chance(0.5)) return null
    await worker.analyses.analyseCut(userId, snapshotNo, analyseAll)
    return isShown ? (await worker.cuts.publish(userId, snapshotNo)).outcome : null
  }

  async function changeConsent(userId: UserId) {
    const institutionId = random.pick(institutionIds)
    if (random.chance(0.3)) await api.consents.fenceRevoked(userId, institutionId, random.chance(0.5))
    return api.consents.grant(userId, makeGrant(institutionId))
  }

  function happen(institutionId: string): void {
    const accounts = world.get(institutionId)! as MadeAccount[]
    const at = random.below(accounts.length)
    const { name, amount, bookings = [] } = accounts[at]!
    const kept = bookings.filter(() => !random.chance(0.2))
    const on = `2026-02-${String(1 + random.below(28)).padStart(2, '0')}`
    const booked = random.chance(0.7) ? [...kept, { no: (nextBooking += 1), on, amount: 5 }] : kept
    accounts[at] = { name, amount: random.chance(0.5) ? amount + 1 : amount, bookings: booked }
    if (random.chance(0.1))
      accounts.push({ name: `${institutionId}-${(nextBooking += 1)}`, amount: 1, bookings: [] })
    if (random.chance(0.1) && accounts.length > 1) accounts.splice(at, 1)
  }

  /** Opinions change now and then, and with them every third category. */
  const classify = (rows: readonly Classifiable[]): Classification[] =>
    rows.map(({ id }) => ({
      transactionId: id,
      category: Number(id) % 3 === mood % 3 ? 'finance.fee' : 'income.salary',
      rule: 'test',
      confidence: '1',
    }))

  return { begin, day }
}
