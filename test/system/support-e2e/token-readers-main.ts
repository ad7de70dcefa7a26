import { createBearers } from '../../../activities/bearers.ts'
import { readConfig } from '../../../config.ts'
import { createHttp } from '../../../connectors/http.ts'
import { createCredentials } from '../../../db/credentials.ts'
import { createDatabase } from '../../../db/database.ts'
import { parseKeyRing } from '../../../db/key-ring.ts'
import { createKeys } from '../../../db/keys.ts'
import { tokenHash } from '../../../db/sealing.ts'
import { DomainFailure } from '../../../domain/failures.ts'

/*
 * A process that wants one token many times at once, as a worker would: user, institution, its address, how often. Says when
 * all have asked, and then what each got: the hash of a token, or the name of a failure.
 */

const LIMITS = { callMs: 20_000, attemptMs: 120_000 }

async function main([userId, institutionId, baseUrl, count]: string[]): Promise<void> {
  const { WORKER_DATABASE_URL, SEALING_KEYS } = readConfig(['WORKER_DATABASE_URL', 'SEALING_KEYS'])
  const database = createDatabase({
    url: WORKER_DATABASE_URL,
    size: 4,
    applicationName: 'token readers',
    lockTimeoutMs: 2_000,
    statementTimeoutMs: 30_000,
  })
  const keys = createKeys(database, parseKeyRing(SEALING_KEYS!))
  const http = createHttp({ operatorCode: 'MOATEST001', registered: () => true, mayCall: () => true })
  const bearers = createBearers({
    credentials: createCredentials(database, keys),
    http,
    client: { clientId: 'moa', clientSecret: 'secret' },
    failpoint: async () => {},
    log: { info: () => {}, warn: () => {} },
  })
  const reader = {
    ref: { userId: Number(userId), institutionId: institutionId!, generation: 1 },
    institution: { institutionId: institutionId!, name: institutionId!, baseUrl: baseUrl! },
    limits: LIMITS,
    leave: { signal: new AbortController().signal, holds: async () => true },
  }
  const asked = Array.from({ length: Number(count) }, () => bearers.bearerFor(reader))
  say({ asked: asked.length })
  const got = await Promise.allSettled(asked)
  say({
    got: got.map((one) => (one.status === 'fulfilled' ? hashOf(one.value.token()) : nameOf(one.reason))),
  })
  await Promise.all([http.close(), database.close()])
}

const say = (facts: object): void => void process.stdout.write(`${JSON.stringify(facts)}\n`)
const hashOf = (token: string): string => tokenHash(token).toString('hex')
const nameOf = (error: unknown): string => (error instanceof DomainFailure ? error.type : String(error))

await main(process.argv.slice(2))
