import { createCollection } from './collect.ts'
import type { ActivityDeps } from './deps.ts'
import { createRevocation } from './revocation.ts'
import { createStory } from './story.ts'

/** The only door from the stories to the world: every step of every workflow. */
export function createActivities(deps: ActivityDeps) {
  return { ...createStory(deps), ...createCollection(deps), ...createRevocation(deps) }
}

/** All that workflows may know of them. */
export type Activities = ReturnType<typeof createActivities>
