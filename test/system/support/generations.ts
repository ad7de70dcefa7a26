import type { Attempt, ReadingRef } from '../../../db/attempts.ts'
import type { UserId } from '../../../db/database.ts'
import { openCredential } from '../../../db/sealed-credentials.ts'
import { DomainFailure } from '../../../domain/failures.ts'
import { makeAsked, makeGrant, type TestMoa } from '../moa.ts'
import { BUTTON, factsOf, type Steps } from './person.ts'
import { brokenPromises } from './promises.ts'
import { makeReading } from './readings.ts'

export const ACTS = [
  'grant',
  'grant less',
  'callback',
  'narrow',
  'revoke',
  'revoke and delete',
  'expire',
  'button',
  'begin',
  'apply',
  'refused',
  'found ended',
] as const
export type Act = (typeof ACTS)[number]

const A = 'A'
const FULL = 'bank.list bank.deposit bank.loan'
const LESS = 'bank.list bank.deposit'
const DAY_MS = 86_400_000

type Held = { ref: ReadingRef; attempt: Attempt }

/** What an act says that it did to the generation, once it has settled. */
type Moved =
  | { by: 'grant'; endsAt: number }
  | { by: 'narrow'; generation: number }
  | { by: 'end'; isSure: boolean }
  | { by: 'late'; generation: number }

/** How a person stands with the institution, as the rows say. */
type Standing = Awaited<ReturnType<ReturnType<typeof createLife>['standing']>>

/** One person and one institution, to whom everything may happen at once; what no longer holds is said in words. */
export function createLife(moa: TestMoa, steps: Steps, userId: UserId) {
  const held: Held[] = []
  /** The token or code of each grant, by the end that no other one has. */
  const given = new Map<number, string>()
  let grants = 0

  const nextEnd = (): Date => new Date(Date.now() + 200 * DAY_MS + (grants += 1) * 1_000)

  async function grant(scope: string): Promise<Moved[]> {
    const endsAt = nextEnd()
    const terms = makeGrant(A, { scope, endsAt })
    given.set(endsAt.getTime(), terms.accessToken)
    await moa.api.consents.grant(userId, terms)
    return [{ by: 'grant', endsAt: endsAt.getTime() }]
  }

  async function callback(): Promise<Moved[]> {
    const endsAt = nextEnd()
    const opened = await moa.api.consentRequests.open(userId, makeAsked([A], { endsAt }))
    if (opened === 'too_many') return []
    const code = `code-${endsAt.getTime()}`
    given.set(endsAt.getTime(), code)
    const finish = () =>
      moa.api.consentCallbacks.finish(userId, {
        state: opened.state,
        answer: { code },
        issuer: null,
        session: null,
      })
    await Promise.all([finish(), finish()])
    return [{ by: 'grant', endsAt: endsAt.getTime() }]
  }

  async function narrow(): Promise<Moved[]> {
    const { generation } = await standing()
    const done = await moa.api.consentTerms.change(userId, A, { generation, scope: 'bank.list' })
    if (done.outcome !== 'changed' || done.generation === generation) return []
    return [{ by: 'narrow', generation: done.generation }]
  }

  async function revoke(withDeletion: boolean): Promise<Moved[]> {
    await moa.api.revocations.request(userId, A, { deletion: withDeletion, reason: null })
    return [{ by: 'end', isSure: false }]
  }

  async function expire(): Promise<Moved[]> {
    const { generation } = await standing()
    await moa.test.owner`
      UPDATE consents SET ends_at = now() - interval '1 year' WHERE user_id = ${userId} AND institution_id = ${A}
        AND generation = ${generation} AND ended_at IS NULL`
    const isEnded = await moa.consentEnds.expire({ userId, institutionId: A, generation })
    return isEnded ? [{ by: 'end', isSure: true }] : []
  }

  async function begin(): Promise<Moved[]> {
    const [open] = await moa.test.owner<{ no: number }[]>`
      SELECT refresh_no AS no FROM refreshes WHERE user_id = ${userId} AND closed_at IS NULL`
    if (open) held.push(await steps.beginReading(userId, open.no, A))
    return []
  }

  async function apply(): Promise<Moved[]> {
    const one = held.at(-1)
    if (!one) return []
    await moa.worker.collections.apply(one.ref, factsOf(one.attempt), makeReading([{ name: A, amount: 1 }]))
    // Once more it would find the first time, and say so: nothing then arrives late.
    held.splice(held.indexOf(one), 1)
    return [{ by: 'late', generation: one.attempt.generation }]
  }

  async function fail(failure: 'CredentialsRejected' | 'ConsentEnded'): Promise<Moved[]> {
    const one = held.at(-1)
    if (!one || !(await moa.worker.attempts.fail(one.ref, failure, null)).isSettled) return []
    const late: Moved = { by: 'late', generation: one.attempt.generation }
    return failure === 'ConsentEnded' ? [late, { by: 'end', isSure: true }] : [late]
  }

  const TAKE: Record<Act, () => Promise<Moved[]>> = {
    grant: () => grant(FULL),
    'grant less': () => grant(LESS),
    callback,
    narrow,
    revoke: () => revoke(false),
    'revoke and delete': () => revoke(true),
    expire,
    button: async () => {
      await steps.record(userId, BUTTON)
      return []
    },
    begin,
    apply,
    refused: () => fail('CredentialsRejected'),
    'found ended': () => fail('ConsentEnded'),
  }

  const take = (act: Act): Promise<Moved[]> =>
    TAKE[act]().catch((error: unknown) => {
      if (isNamed(error)) return []
      throw error
    })

  /** The rows, as their owner sees them. */
  async function standing() {
    const [row] = await moa.test.owner<{ generation: number; state: string }[]>`
      SELECT generation, consent_state AS state FROM user_institutions
      WHERE user_id = ${userId} AND institution_id = ${A}`
    const history = await moa.test.owner<
      { generation: number; endsAt: Date; because: string | null; scope: string }[]
    >`
      SELECT generation, ends_at AS "endsAt", ended_because AS because, scope FROM consents
      WHERE user_id = ${userId} AND institution_id = ${A} ORDER BY generation`
    return { generation: row?.generation ?? 0, state: row?.state ?? 'none', history: [...history] }
  }

  /** Acts that meet, and what does not hold once all of them have settled. */
  async function meet(acts: readonly Act[]): Promise<string[]> {
    const before = await standing()
    const moved = (await Promise.all(acts.map(take))).flat()
    const after = await standing()
    return [
      ...movesOf(before, after, moved),
      ...historyOf(after),
      ...lateOf(before, moved),
      ...(await credentialsOf(after)),
      ...(await brokenPromises(moa.test.owner, userId)),
    ].map((broken) => `after ${acts.join(', ')}: ${broken}`)
  }

  /** What is held is what the last generation was given, and of an ended one nothing. */
  async function credentialsOf({ generation, state, history }: Standing): Promise<string[]> {
    const [row] = await moa.test.owner<Stored[]>`
      SELECT user_id::float8 AS "userId", institution_id AS "institutionId", generation, version,
        code_sealed AS code, access_token_sealed AS token
      FROM credentials WHERE user_id = ${userId} AND institution_id = ${A}`
    if (state === 'ended' || state === 'none') return row ? [`${state}, and yet something is held`] : []
    if (!row || row.generation !== generation) return ['nothing is held for the generation that stands']
    const sealer = await moa.keys.of(userId)
    const opened = row.token
      ? openCredential(sealer, row, 'access_token', row.token)
      : openCredential(sealer, row, 'code', row.code!)
    const grantedAs = history.at(-1)!
    const isExpiring = grantedAs.endsAt.getTime() < Date.now()
    return isExpiring || given.get(grantedAs.endsAt.getTime()) === opened
      ? []
      : ['what is held was given under another consent']
  }

  return { meet, standing }
}

type Stored = {
  userId: number
  institutionId: string
  generation: number
  version: number
  code: Buffer | null
  token: Buffer | null
}

/** The generation moved once for each act that says it moved it, and what stands is what the last of them made. */
function movesOf(before: Standing, after: Standing, moved: readonly Moved[]): string[] {
  const sure = moved.filter((move) => move.by !== 'late' && (move.by !== 'end' || move.isSure)).length
  const perhaps = moved.filter((move) => move.by === 'end' && !move.isSure).length
  const steps = after.generation - before.generation
  const broken =
    steps < sure || steps > sure + perhaps ? [`${steps} moves, but ${sure} acts were told of one`] : []
  if (steps === 0) return broken
  if (after.state === 'ended') {
    return moved.some(({ by }) => by === 'end') ? broken : [...broken, 'it has ended, and nothing ended it']
  }
  const made = moved.some(
    (move) =>
      (move.by === 'grant' && after.history.at(-1)?.endsAt.getTime() === move.endsAt) ||
      (move.by === 'narrow' && move.generation === after.generation) ||
      // An expiry that came too late has set the end of a consent that stands.
      (move.by === 'grant' && (after.history.at(-1)?.endsAt.getTime() ?? 0) < Date.now()),
  )
  return made ? broken : [...broken, 'what stands was made by none of them']
}

/** At most one consent stands, the newest, and each of the others says why it does not. */
function historyOf({ generation, state, history }: Standing): string[] {
  const last = history.at(-1)
  if (!last) return state === 'none' ? [] : ['there is a state, and no consent']
  const open = history.filter(({ because }) => because === null)
  if (state === 'ended')
    return open.length === 0 && generation === last.generation + 1 ? [] : ['an ended one stands']
  return open.length === 1 && open[0] === last && last.generation === generation
    ? []
    : ['what stands is not the newest of the history']
}

/** What was begun under an earlier generation than stood when it arrived changes nothing. */
const lateOf = (before: Standing, moved: readonly Moved[]): string[] =>
  moved.flatMap((move) =>
    move.by === 'late' && move.generation < before.generation
      ? [`a result of generation ${move.generation} was taken under ${before.generation}`]
      : [],
  )

const isNamed = (error: unknown): boolean => error instanceof DomainFailure || isOfATest(error)

/** Nothing to read at the moment: the helper says so in words of its own. */
const isOfATest = (error: unknown): boolean =>
  error instanceof Error && /has no plan row|was collected already|may not be read yet/.test(error.message)
