import { createAnalyses } from '../db/analyses.ts'
import { createAttempts } from '../db/attempts.ts'
import { createBreakers } from '../db/breakers.ts'
import { createCallStatistics } from '../db/call-statistics.ts'
import { createClassifications } from '../db/classifications.ts'
import { createCollections } from '../db/collections.ts'
import { createCredentials } from '../db/credentials.ts'
import { createCuts } from '../db/cuts.ts'
import type { Database } from '../db/database.ts'
import { createKeptResponses } from '../db/kept-responses.ts'
import type { Keys } from '../db/keys.ts'
import { createOrders } from '../db/orders.ts'
import { createRefreshes } from '../db/refreshes.ts'
import { createRevocationDeletion } from '../db/revocation-deletion.ts'
import { createRevocationReceipts } from '../db/revocation-receipts.ts'
import { createRevocationSteps } from '../db/revocation-steps.ts'
import { createUsers } from '../db/users.ts'

/** What the steps of the stories need of the database. */
export const createStepRepositories = (database: Database, keys: Keys) => ({
  users: createUsers(database),
  refreshes: createRefreshes(database),
  orders: createOrders(database),
  attempts: createAttempts(database, keys),
  breakers: createBreakers(database),
  collections: createCollections(database, keys),
  credentials: createCredentials(database, keys),
  cuts: createCuts(database),
  classifications: createClassifications(database),
  analyses: createAnalyses(database),
  revocationSteps: createRevocationSteps(database, keys),
  revocationDeletion: createRevocationDeletion(database),
  revocationReceipts: createRevocationReceipts(database),
  keptResponses: createKeptResponses(database, keys),
  noteCalls: createCallStatistics(database).note,
})
