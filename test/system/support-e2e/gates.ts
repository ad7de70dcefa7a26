import { Context } from '@temporalio/activity'

/** What to do when a step of one refresh comes by a named place; it is held there until that has been done. */
type Surprise = { workflowId: string; at: string; isOnce: boolean; happen: () => Promise<void> }

/** Failpoints of a worker in this process: at a named place of a named refresh, once, something happens. */
export function createGates() {
  const surprises = new Set<Surprise>()
  return {
    failpoint: async (name: string): Promise<void> => {
      const workflowId = Context.current().info.workflowExecution?.workflowId
      for (const surprise of surprises) {
        if (surprise.at !== name || surprise.workflowId !== workflowId) continue
        if (surprise.isOnce) surprises.delete(surprise)
        await surprise.happen()
      }
    },
    /** Resolves once it has happened; what it threw is thrown here. */
    once: (workflowId: string, at: string, happen: () => Promise<void>): Promise<void> =>
      new Promise((resolve, reject) => {
        surprises.add({ workflowId, at, isOnce: true, happen: () => happen().then(resolve, reject) })
      }),
    /** Each time; what it throws, the step throws. */
    always: (workflowId: string, at: string, happen: () => Promise<void>): void => {
      surprises.add({ workflowId, at, isOnce: false, happen })
    },
  }
}

/** A door that stays closed until it is opened. */
export function createDoor(): { open: () => void; opened: Promise<void> } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}
