import { type InstitutionReading, type RefreshAnswer } from './api-answers.ts'
import { isResting } from './follow-refresh.ts'

export type Told = {
  /** Who is being waited for now; told of every state. */
  waiting: (readings: readonly InstitutionReading[]) => void
  /** A bank has been read, or will not be for now; with it, how all of them stand. */
  landed: (reading: InstitutionReading, all: readonly InstitutionReading[]) => void
  /** None is being read any more. */
  allLanded: (readings: readonly InstitutionReading[]) => void
  /** Something can be read before the end. */
  published: (snapshot: NonNullable<RefreshAnswer['snapshot']>) => void
  /** Nothing goes on for now; what is missing is tried again later. */
  parked: (readings: readonly InstitutionReading[]) => void
}

/** Tells of each state of a refresh what is new since the one before. A bank that is read once more is told once more. */
export function createRefreshTelling(told: Told): (refresh: RefreshAnswer) => void {
  const landed = new Set<string>()
  let isAllTold = false
  let snapshotNo = 0
  let wasParked = false

  function tellLanded(readings: readonly InstitutionReading[]): void {
    for (const reading of readings) {
      if (UNSETTLED.has(reading.state)) landed.delete(reading.institutionId)
      else if (!landed.has(reading.institutionId)) {
        landed.add(reading.institutionId)
        told.landed(reading, readings)
      }
    }
    const isAll = landed.size > 0 && landed.size === readings.length
    if (isAll && !isAllTold) told.allLanded(readings)
    isAllTold = isAll
  }

  return (refresh) => {
    const { institutions, snapshot } = refresh
    told.waiting(institutions.filter((each) => UNSETTLED.has(each.state)))
    tellLanded(institutions)
    if (snapshot && snapshot.snapshotNo > snapshotNo) {
      snapshotNo = snapshot.snapshotNo
      if (snapshot.status === 'partial') told.published(snapshot)
    }
    const isParked = isResting(refresh)
    if (isParked && !wasParked) told.parked(institutions.filter((each) => each.state === 'failed'))
    wasParked = isParked
  }
}

const UNSETTLED: ReadonlySet<string> = new Set([
  'pending',
  'collecting',
] satisfies InstitutionReading['state'][])
