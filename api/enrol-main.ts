import { readConfig } from '../config.ts'
import { createChanges } from '../db/changes.ts'
import { checkKeyRing, KeyRingRefused } from '../db/check-key-ring.ts'
import { createConsents } from '../db/consents.ts'
import { createDatabase } from '../db/database.ts'
import { StorageError } from '../db/errors.ts'
import { createInstitutions } from '../db/institutions.ts'
import { createKeys } from '../db/keys.ts'
import { readKeyRing } from '../db/read-key-ring.ts'
import { createTeller, telling } from '../db/telling.ts'
import { createUsers } from '../db/users.ts'
import { DomainFailure } from '../domain/failures.ts'
import { reportAndExit } from '../mains.ts'
import { DATABASE_LIMITS } from './database-limits.ts'
import { enrol, EnrolmentRefused, parseEnrolment } from './enrol.ts'
import { createPolicy, READING_SETTINGS } from './policy.ts'

// 100 consents of two tokens of 1,500 characters and 5,000 characters of scope and purpose: 800 KB.
const LONGEST_INPUT = 1024 * 1024

/** Enrols the user on stdin with the consents they gave, and says so in one line on stdout. */
async function main(): Promise<void> {
  const config = readConfig(['API_DATABASE_URL', 'SEALING_KEYS', 'SEALING_KEYS_FILE', ...READING_SETTINGS])
  const ring = await readKeyRing(config)
  const given = parseEnrolment(await standardInput())
  const database = createDatabase({
    url: config.API_DATABASE_URL,
    size: 1,
    applicationName: 'moa enrolment',
    ...DATABASE_LIMITS,
  })
  try {
    const keys = createKeys(database, ring)
    await checkKeyRing(database, ring)
    // Nobody need hear of it: whoever has a stream open finds it within seconds in any case.
    const teller = createTeller(createChanges(database).announce, () => {})
    const consents = createConsents(database, keys, createPolicy(config))
    const enrolled = await enrol(
      {
        users: createUsers(database),
        institutions: createInstitutions(database),
        consents: telling(consents, { grant: true }, teller.tell),
      },
      given,
    )
    await teller.settled()
    process.stdout.write(`${JSON.stringify(enrolled)}\n`)
  } catch (error) {
    throw withoutTokens(error)
  } finally {
    await database.close()
  }
}

async function standardInput(): Promise<string> {
  process.stdin.setEncoding('utf8')
  let text = ''
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.length > LONGEST_INPUT)
      throw new EnrolmentRefused([`(input): at most ${LONGEST_INPUT} characters`])
  }
  return text
}

/** Our own errors carry no data; of any other only its kind is said. */
function withoutTokens(error: unknown): Error {
  const OURS = [EnrolmentRefused, KeyRingRefused, DomainFailure, StorageError]
  if (error instanceof Error && OURS.some((one) => error instanceof one)) return error
  return new Error(`the enrolment failed (${error instanceof Error ? error.name : 'not an error'})`)
}

main().catch(reportAndExit)
