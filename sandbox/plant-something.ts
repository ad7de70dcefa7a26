import type { Institution } from './institutions.ts'
import { plantApprovals } from './plant-approvals.ts'
import { plantTransactions } from './plant.ts'
import type { World } from './world.ts'

/** One more row in a person's ledger, now, where their first row would be. */
export function bookSomething(world: World, institution: Institution, person: string | null): void {
  if (person === null) return
  const { institutionId, industry } = institution
  const plant = industry === 'bank' ? plantTransactions : plantApprovals
  plant(world, institution, { person, institutionId, count: 1 })
}
