import { createPolicy, READING_SETTINGS } from '../api/policy.ts'
import { readConfig } from '../config.ts'
import { createConsents } from '../db/consents.ts'
import { createDatabase } from '../db/database.ts'
import { createEvents } from '../db/events.ts'
import { createInstitutionOrders } from '../db/institution-orders.ts'
import { createInstitutions } from '../db/institutions.ts'
import { parseKeyRing } from '../db/key-ring.ts'
import { createKeys, type Keys } from '../db/keys.ts'
import type { Role } from '../db/migrate.ts'
import { createUsers } from '../db/users.ts'
import { createStepRepositories } from '../worker/repositories.ts'
import { HISTORY_MONTHS } from './children.ts'

/** Moa's own repositories, in the benchmark's process: to enrol people, and for the floor. */
export function createRepositories(urlOf: (role: Role) => string, sealingKeys: string) {
  const open = (role: Role, size: number) =>
    createDatabase({
      url: urlOf(role),
      size,
      applicationName: 'moa bench',
      lockTimeoutMs: 2_000,
      statementTimeoutMs: 60_000,
    })
  const ring = parseKeyRing(sealingKeys)
  const policy = policyOf({})
  const api = open('moa_api', 5)
  const operator = open('moa_operator', 1)
  const worker = open('moa_worker', 20) // as many connections as one worker has
  const keys = createKeys(api, ring)
  const workerKeys = createKeys(worker, ring)
  const repositories = {
    api: {
      institutions: createInstitutions(api),
      users: createUsers(api),
      events: createEvents(api, policy),
      consents: createConsents(api, keys, policy),
    },
    /** Whoever consents through these is read by other settings of readings. */
    consentsUnder: (settings: Record<string, string>) => createConsents(api, keys, policyOf(settings)),
    worker: createStepRepositories(worker, workerKeys),
    keys: workerKeys,
    operator: createInstitutionOrders(operator),
    close: () => Promise.all([api, worker, operator].map((database) => database.close())),
  }
  return {
    ...repositories,
    /** The same over other keys, of those that the worker has. */
    withKeys: (other: (keys: Keys) => Keys) => ({
      ...repositories,
      worker: createStepRepositories(worker, other(workerKeys)),
    }),
  }
}

export type Repositories = ReturnType<typeof createRepositories>

const policyOf = (settings: Record<string, string>) =>
  createPolicy(readConfig(READING_SETTINGS, { HISTORY_MONTHS, ...settings }))
