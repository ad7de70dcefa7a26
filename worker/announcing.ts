import type { Caretaking } from '../db/caretaking.ts'
import { type Tell, telling } from '../db/telling.ts'
import type { createStepRepositories } from './repositories.ts'

type StepRepositories = ReturnType<typeof createStepRepositories>

/**
 * The steps' repositories, of which those that change what a person may watch say so after their commit. The steps know
 * nothing of it.
 */
export const announcing = (repositories: StepRepositories, tell: Tell): StepRepositories => ({
  ...repositories,
  refreshes: telling(repositories.refreshes, { begin: true, parkOrContinue: true, close: true }, tell),
  orders: telling(repositories.orders, { give: true }, tell),
  attempts: telling(
    repositories.attempts,
    { begin: true, isStillWanted: false, end: true, fail: true },
    tell,
  ),
  collections: telling(repositories.collections, { apply: true }, tell),
  credentials: telling(
    repositories.credentials,
    {
      read: false,
      claim: false,
      store: false,
      release: false,
      refuse: true,
      refuseForeign: true,
      handOver: false,
    },
    tell,
  ),
  cuts: telling(repositories.cuts, { cut: false, publish: true }, tell),
  revocationReceipts: telling(repositories.revocationReceipts, { remainder: true, finish: false }, tell),
})

/** The same for what the caretaker closes. */
export const announcingClosings = (caretaking: Caretaking, tell: Tell): Caretaking => ({
  ...caretaking,
  closeAs: async (refresh, ...ending) => {
    const isClosed = await caretaking.closeAs(refresh, ...ending)
    if (isClosed) tell(refresh.userId)
    return isClosed
  },
})
