import type { Database } from './database.ts'
import { type EventAnswer, recordEvent } from './events.ts'
import type { LeftWithout } from './recoveries.ts'

/** Refreshes that nobody asked for: of people whose last one ended without an institution that answers again. */
export function createRecoveryRefreshes(database: Database) {
  /** Once for each refresh that ended so, however many caretakers say it. It is read as that one was to read. */
  const open = ({
    userId,
    refreshNo,
    institutionId,
    spanMonths,
    limits,
  }: LeftWithout): Promise<EventAnswer> =>
    database.asUser(userId, (tx) =>
      recordEvent(
        tx,
        userId,
        {
          type: 'institution.recovered',
          institutionId,
          idempotencyKey: `recovered/${institutionId}/${refreshNo}`,
        },
        { spanMonths, limitsFor: () => limits },
      ),
    )

  return { open }
}

export type RecoveryRefreshes = ReturnType<typeof createRecoveryRefreshes>
