/**
 * How often the reading of one user at one institution may fail without a name, one after another, before it is set aside.
 * One refresh tries four times (and waits 1 min, 10 min, 1 h in between): a bug of ours that passes within hours sets nobody
 * aside, one that stays is met again by the next refresh, and no more than that.
 */
export const SET_ASIDE_AFTER = 5

/** How far a reading had come when it failed without a name. `lost`: its worker died with it. */
export const STEPS = ['beginning', 'token', 'reading', 'applying', 'lost'] as const
export type ReadingStep = (typeof STEPS)[number]

export const isPoison = (failed: number): boolean => failed >= SET_ASIDE_AFTER
