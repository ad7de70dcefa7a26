import { createAnalyses } from '../db/analyses.ts'
import { createAttempts } from '../db/attempts.ts'
import { createClassifications } from '../db/classifications.ts'
import { createCollections } from '../db/collections.ts'
import { createCuts } from '../db/cuts.ts'
import type { Database } from '../db/database.ts'
import { createOrders } from '../db/orders.ts'
import { createRefreshes } from '../db/refreshes.ts'
import { createRevocationDeletion } from '../db/revocation-deletion.ts'
import { createRevocationReceipts } from '../db/revocation-receipts.ts'
import { createRevocationSteps } from '../db/revocation-steps.ts'
import type { Sealer } from '../db/sealing.ts'
import { createUsers } from '../db/users.ts'

/** What the steps of the stories need of the database. */
export const createStepRepositories = (database: Database, sealer: Sealer) => ({
  users: createUsers(database),
  refreshes: createRefreshes(database),
  orders: createOrders(database),
  attempts: createAttempts(database, sealer),
  collections: createCollections(database, sealer),
  cuts: createCuts(database),
  classifications: createClassifications(database),
  analyses: createAnalyses(database),
  revocationSteps: createRevocationSteps(database, sealer),
  revocationDeletion: createRevocationDeletion(database),
  revocationReceipts: createRevocationReceipts(database),
})
