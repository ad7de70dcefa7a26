import { z } from 'zod'

import { answer, defineRoute } from '../route.ts'

export type HealthDeps = {
  checks: { database: () => Promise<boolean>; engine: () => Promise<boolean> }
}

const aliveAnswer = z.strictObject({ status: z.literal('alive') }).meta({ id: 'Alive' })

export const readyAnswer = z
  .strictObject({
    status: z.enum(['ready', 'degraded', 'unavailable']).meta({
      description: 'degraded: the engine is away; events are accepted and reads answered all the same.',
    }),
    checks: z.strictObject({ database: z.enum(['ok', 'away']), engine: z.enum(['ok', 'away']) }),
  })
  .meta({ id: 'Readiness' })
type Ready = z.infer<typeof readyAnswer>

// Whoever asks for readiness asks every few seconds; an answer that takes longer is a no.
const CHECK_LIMIT_MS = 2_000

// What watches a process may add what it likes to the address.
const anything = z.looseObject({})

/** Whether the process lives. Needs no token and says nothing of anyone. */
export const readHealth = defineRoute(
  {
    id: 'readHealth',
    method: 'get',
    path: '/healthz',
    section: 'Health',
    summary: 'Whether the process lives',
    description: 'Asks nothing of the database or the engine.',
    access: 'anyone',
    query: anything,
    answers: { 200: { says: 'It lives.', schema: aliveAnswer, example: { status: 'alive' } } },
    problems: [],
  },
  () => async () => answer(200, { status: 'alive' as const }),
)

/** Whether it can do its work. */
export const readReadiness = defineRoute(
  {
    id: 'readReadiness',
    method: 'get',
    path: '/readyz',
    section: 'Health',
    summary: 'Whether it can do its work',
    description: 'Reads and events need the database; the engine may be away for a while.',
    access: 'anyone',
    query: anything,
    answers: {
      200: {
        says: 'It serves.',
        schema: readyAnswer,
        example: { status: 'ready', checks: { database: 'ok', engine: 'ok' } },
      },
      503: {
        says: 'The database is away.',
        schema: readyAnswer,
        example: { status: 'unavailable', checks: { database: 'away', engine: 'ok' } },
      },
    },
    problems: [],
  },
  ({ checks }: HealthDeps) => {
    let looking: Promise<Ready> | null = null
    // However many ask at once, the database is asked once.
    const ready = (): Promise<Ready> => (looking ??= look(checks).finally(() => (looking = null)))
    return async () => {
      const body = await ready()
      return body.status === 'unavailable' ? answer(503, body) : answer(200, body)
    }
  },
)

async function look(checks: HealthDeps['checks']): Promise<Ready> {
  const [hasDatabase, hasEngine] = await Promise.all([inTime(checks.database), inTime(checks.engine)])
  return {
    status: !hasDatabase ? 'unavailable' : hasEngine ? 'ready' : 'degraded',
    checks: { database: hasDatabase ? 'ok' : 'away', engine: hasEngine ? 'ok' : 'away' },
  }
}

function inTime(check: () => Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), CHECK_LIMIT_MS)
    check()
      .catch(() => false)
      .then(resolve, () => resolve(false))
      .finally(() => clearTimeout(timer))
  })
}
