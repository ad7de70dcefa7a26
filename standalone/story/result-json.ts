import { type Result } from './result.ts'

export type Durations = { startMs: number | null; refreshMs: number | null; totalMs: number }
export type ShownUrls = { api: string; webUi: string; run: string }

/** The one object of `--json`. */
export const resultJson = (
  { snapshot, refresh, institutions, accounts, transactions }: Result,
  durations: Durations,
  urls: ShownUrls,
) => ({
  snapshot,
  refresh: { no: refresh.no, state: refresh.state },
  institutions: institutions.map(({ institutionId, name, state, outcome, failure, ...rest }) => ({
    institutionId,
    name,
    state,
    outcome,
    accounts: rest.accounts,
    transactions: rest.transactions,
    ms: rest.ms,
    failure: failure?.name ?? null,
  })),
  accounts,
  transactions,
  durations,
  urls,
})

/** The one object of `--json` when it did not come to a result: what is unknown is null. */
export const failureJson = (error: string, totalMs: number) => ({
  snapshot: null,
  refresh: null,
  institutions: [],
  accounts: null,
  transactions: null,
  durations: { startMs: null, refreshMs: null, totalMs },
  urls: null,
  error,
})
