import { randomUUID } from 'node:crypto'

import { Pool } from 'undici'

import type { Effort } from './arguments.ts'
import { differenceOfMedians, type Interval } from './difference.ts'
import type { Ground } from './ground.ts'
import { type Person, preparePeople } from './people.ts'
import { percentile } from './statistics.ts'
import { type Section, shown } from './tables.ts'

// The victim has the first of these and nobody the other; whoever asks has neither.
const THEIRS = 3
const NOBODYS = 7

/** A path that names something of another person's, and the same with what is nobody's. */
type Pair = { what: string; theirs: string; nobodys: string }

type Found = { what: string; theirs: number[]; nobodys: number[]; difference: Interval }

/**
 * Whether time tells "not yours" from "not there": the same stranger asks for both, in random order, one request at a
 * time on one connection, which is as quiet as an attacker could ever have it.
 */
export async function notYours(ground: Ground, { quick, rounds }: Effort): Promise<Section[]> {
  const asked = quick ? 400 : 400 * rounds
  const [victim] = await preparePeople(ground, 'not-yours-victim', 1, 2)
  const [stranger] = await preparePeople(ground, 'not-yours-stranger', 1, 1)
  for (let no = 2; no <= THEIRS; no += 1) {
    const { refreshNo } = await ground.api.start(victim!)
    await ground.watcher.visible(victim!.userId, refreshNo)
  }
  const pool = new Pool(ground.apiUrl, { connections: 1 })
  try {
    const found: Found[] = []
    for (const pair of await pairsOf(ground, pool, victim!))
      found.push(await compare(pool, stranger!, pair, asked))
    return [sectionOf(found, asked)]
  } finally {
    await pool.close()
  }
}

async function pairsOf(ground: Ground, pool: Pool, victim: Person): Promise<Pair[]> {
  const { kinds } = (await ask(pool, victim, '/v1/me/accounts')).json as {
    kinds: { accounts: { accountKey: string }[] }[]
  }
  const theirBank = victim.institutionIds[1]!
  const nobodysBank = ground.institutions.list(3)[2]!.institutionId
  return [
    makePair('a refresh, by its number', (no) => `/v1/me/refreshes/${no}`, `${THEIRS}`, `${NOBODYS}`),
    makePair('a consent, by its institution', (id) => `/v1/me/consents/${id}`, theirBank, nobodysBank),
    makePair('transactions of an institution', transactionsBy('institution'), theirBank, nobodysBank),
    makePair(
      'transactions of an account',
      transactionsBy('account'),
      kinds[0]!.accounts[0]!.accountKey,
      randomUUID(),
    ),
  ]
}

const makePair = (what: string, path: (id: string) => string, theirs: string, nobodys: string): Pair => ({
  what,
  theirs: path(theirs),
  nobodys: path(nobodys),
})

const transactionsBy = (name: string) => (id: string) => `/v1/me/transactions?${name}=${id}`

async function compare(pool: Pool, who: Person, pair: Pair, asked: number): Promise<Found> {
  const theirs: number[] = []
  const nobodys: number[] = []
  for (const path of [pair.theirs, pair.nobodys]) await ask(pool, who, path) // plans, caches
  for (let at = 0; at < asked; at += 1) {
    const isTheirsFirst = Math.random() < 0.5
    for (const isTheirs of [isTheirsFirst, !isTheirsFirst]) {
      const { ms } = await ask(pool, who, isTheirs ? pair.theirs : pair.nobodys)
      ;(isTheirs ? theirs : nobodys).push(ms)
    }
  }
  return { what: pair.what, theirs, nobodys, difference: differenceOfMedians(theirs, nobodys) }
}

async function ask(pool: Pool, { token }: Person, path: string) {
  const begunAt = performance.now()
  const response = await pool.request({ method: 'GET', path, headers: { authorization: `Bearer ${token}` } })
  const text = await response.body.text()
  return { ms: performance.now() - begunAt, json: JSON.parse(text) as unknown }
}

function sectionOf(found: readonly Found[], asked: number): Section {
  const told = found.filter(({ difference: { low, high } }) => low > 0 || high < 0)
  return {
    title: 'not yours and not there: whether time tells them apart',
    notes: [
      `${asked} requests of each kind by one stranger, in random order on one connection; ms`,
      'difference: of the medians, with the 95 % interval of 1,000 resamples; one that holds 0 tells nothing',
      told.length === 0
        ? 'none is told apart'
        : `told apart: ${told.map(({ what }) => what).join('; ')} (of ${found.length}; one in twenty is by chance)`,
    ],
    columns: ['', 'theirs p50', 'nobody’s p50', 'difference', 'from', 'to', 'theirs p95', 'nobody’s p95'],
    rows: found.map(({ what, theirs, nobodys, difference }) => [
      what,
      shown(percentile(theirs, 0.5)),
      shown(percentile(nobodys, 0.5)),
      difference.is.toFixed(3),
      difference.low.toFixed(3),
      difference.high.toFixed(3),
      shown(percentile(theirs, 0.95)),
      shown(percentile(nobodys, 0.95)),
    ]),
    figures: [],
    raw: found,
  }
}
