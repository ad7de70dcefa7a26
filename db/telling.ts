import type { UserId } from './database.ts'

// A person does not see the difference; at most twenty statements a second for all that a process does.
const EVERY_MS = 50
// 80 KB of ids. What is more is found by those who look.
const MOST_USERS = 10_000

export type Tell = (userId: UserId) => void

/**
 * Says of whom something changed: the first at once, all that comes within the next moment in one statement. Nobody
 * waits for it, and nobody fails with it.
 */
export function createTeller(
  announce: (userIds: readonly UserId[]) => Promise<void>,
  failed: (error: unknown) => void,
  everyMs = EVERY_MS,
) {
  const changed = new Set<UserId>()
  let saying: Promise<void> | null = null

  const tell: Tell = (userId) => {
    if (changed.size < MOST_USERS) changed.add(userId)
    saying ??= sayAll().finally(() => (saying = null))
  }

  async function sayAll(): Promise<void> {
    while (changed.size > 0) {
      const users = [...changed]
      changed.clear()
      await announce(users).catch(failed)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }

  /** Resolves when all has been said. */
  const settled = async (): Promise<void> => {
    await saying
  }

  return { tell, settled }
}

export type Teller = ReturnType<typeof createTeller>

/** The first argument of whatever changes something of a user's: the user, or what names one. */
type OfSomeone = UserId | { userId: UserId }
type Step = (whose: never, ...rest: never[]) => Promise<unknown>

/**
 * A repository of which the steps that change something say so once they have committed. Each step must be named with
 * whether it does: one that is added and forgotten here does not compile.
 */
export function telling<R extends { [K in keyof R]: Step }>(
  repository: R,
  changes: Record<keyof R, boolean>,
  tell: Tell,
): R {
  const steps = Object.entries(repository) as [keyof R & string, (...given: unknown[]) => Promise<unknown>][]
  return Object.fromEntries(
    steps.map(([name, step]) => [name, changes[name] ? thenTold(step, tell) : step]),
  ) as unknown as R
}

const thenTold =
  (step: (...given: unknown[]) => Promise<unknown>, tell: Tell) =>
  async (...given: unknown[]): Promise<unknown> => {
    const result = await step(...given)
    const whose = given[0] as OfSomeone
    tell(typeof whose === 'number' ? whose : whose.userId)
    return result
  }
