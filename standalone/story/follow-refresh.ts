import { setTimeout as delay } from 'node:timers/promises'

import { type InstitutionReading, type RefreshAnswer } from './api-answers.ts'
import { type ApiClient } from './api-client.ts'

/** A first reading of six banks takes 2 s; with a bank that hangs, its three tries of 20 s and their pauses. */
export const FOLLOW_LIMIT_MS = 300_000
/** Quick enough that lines appear as banks land; one indexed look-up each. */
const LOOK_EVERY_MS = 100

/** The API is started again within seconds when it dies; after this it is broken. */
const SILENCE_LIMIT_MS = 30_000

export type Followed = {
  /** A bank has been read, or will not be for now; with it, how all of them stand. */
  landed: (reading: InstitutionReading, all: readonly InstitutionReading[]) => void
  /** None is being read any more. */
  allLanded: (readings: readonly InstitutionReading[]) => void
}

type Limits = { wholeMs: number; silenceMs: number }

/**
 * Tells a refresh as it goes on, until it is closed. The API may be away for a while: it is asked again. Throws a
 * sentence when the refresh has not closed within the limit, or the API does not come back.
 */
export async function followRefresh(
  api: Pick<ApiClient, 'refresh'>,
  refreshNo: number,
  told: Followed,
  { wholeMs, silenceMs }: Limits = { wholeMs: FOLLOW_LIMIT_MS, silenceMs: SILENCE_LIMIT_MS },
): Promise<RefreshAnswer> {
  const startedAt = Date.now()
  const landed = new Set<string>()
  let heardAt = startedAt
  let isAllTold = false
  while (Date.now() - startedAt < wholeMs) {
    const refresh = await api.refresh(refreshNo).catch((error: unknown) => {
      if (Date.now() - heardAt > silenceMs) throw error
    })
    if (refresh) {
      heardAt = Date.now()
      const { institutions } = refresh
      tellNew(institutions, landed, told.landed)
      const isAll = landed.size > 0 && landed.size === institutions.length
      if (isAll && !isAllTold) told.allLanded(institutions)
      isAllTold = isAll
      if (!OPEN.has(refresh.state)) return refresh
    }
    await delay(LOOK_EVERY_MS)
  }
  throw new Error(`refresh ${refreshNo} has not ended within ${wholeMs / 1000} s`)
}

const OPEN: ReadonlySet<string> = new Set([
  'requested',
  'running',
  'parked',
] satisfies RefreshAnswer['state'][])
const UNSETTLED: ReadonlySet<string> = new Set([
  'pending',
  'collecting',
] satisfies InstitutionReading['state'][])

/** A bank that is read once more is told once more. */
function tellNew(
  readings: readonly InstitutionReading[],
  landed: Set<string>,
  tell: Followed['landed'],
): void {
  for (const reading of readings) {
    if (UNSETTLED.has(reading.state)) landed.delete(reading.institutionId)
    else if (!landed.has(reading.institutionId)) {
      landed.add(reading.institutionId)
      tell(reading, readings)
    }
  }
}
