import { setTimeout as delay } from 'node:timers/promises'

import { type RefreshAnswer } from './api-answers.ts'
import { type ApiClient } from './api-client.ts'

/** A first reading of six banks takes 2 s; with a bank that hangs, its three tries of 20 s and their pauses. */
export const FOLLOW_LIMIT_MS = 300_000
/** While there is no stream: quick enough that lines appear as banks land; one indexed look-up each. */
const LOOK_EVERY_MS = 100

/** The API is started again within seconds when it dies; after this it is broken. */
const SILENCE_LIMIT_MS = 30_000

type Followed = {
  /** What ends the following early, without an error: the last state is answered. */
  isEnough?: (refresh: RefreshAnswer) => boolean
  wholeMs?: number
  silenceMs?: number
  signal?: AbortSignal
}

/**
 * Hears of a refresh as it goes on, until it is closed: by its stream, and by asking while there is none. The API may be
 * away for a while. Throws a sentence when the refresh has not closed within the limit, or the API does not come back.
 */
export async function followRefresh(
  api: Pick<ApiClient, 'refresh' | 'states'>,
  refreshNo: number,
  heard: (refresh: RefreshAnswer) => void,
  { isEnough = () => false, wholeMs = FOLLOW_LIMIT_MS, silenceMs = SILENCE_LIMIT_MS, signal }: Followed = {},
): Promise<RefreshAnswer> {
  const limit = AbortSignal.any([AbortSignal.timeout(wholeMs), ...(signal ? [signal] : [])])
  let heardAt = Date.now()
  while (!limit.aborted) {
    for await (const refresh of statesOf(api, refreshNo, limit, () => Date.now() - heardAt > silenceMs)) {
      heardAt = Date.now()
      heard(refresh)
      if (!OPEN.has(refresh.state) || isEnough(refresh)) return refresh
    }
    await delay(LOOK_EVERY_MS)
  }
  throw new Error(`refresh ${refreshNo} has not ended within ${wholeMs / 1000} s`)
}

/** Its stream as long as there is one, and then one look without it. */
async function* statesOf(
  api: Pick<ApiClient, 'refresh' | 'states'>,
  refreshNo: number,
  limit: AbortSignal,
  isTooLong: () => boolean,
): AsyncGenerator<RefreshAnswer> {
  try {
    yield* api.states(refreshNo, limit)
  } catch {
    // Refused, cut off, or the API is away: whichever it is, asking tells.
  }
  try {
    yield await api.refresh(refreshNo)
  } catch (error) {
    if (isTooLong()) throw error
  }
}

const OPEN: ReadonlySet<string> = new Set([
  'requested',
  'running',
  'parked',
] satisfies RefreshAnswer['state'][])

/** Parked, with nothing on its way: what joined a parked refresh is about to be read. */
export const isResting = ({ state, institutions }: RefreshAnswer): boolean =>
  state === 'parked' && !institutions.some((each) => each.state === 'pending' || each.state === 'collecting')
