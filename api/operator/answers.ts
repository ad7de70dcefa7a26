import { z } from 'zod'

import { problemAnswer } from '../problem-answers.ts'
import { refreshState } from './parameters.ts'

/** What this listener answers, for tests and for whoever reads: nothing else may be in it. */

const instant = z.iso.datetime({ precision: 3 })
const count = z.int().min(0)
const planState = z.enum(['pending', 'collecting', 'collected', 'failed', 'withdrawn', 'excused'])

export const refreshesAnswer = z.strictObject({
  refreshes: z.array(
    z.strictObject({
      userKey: z.string(),
      refreshNo: z.int().positive(),
      state: refreshState,
      reason: z.string(),
      openedAt: instant,
      closedAt: instant.nullable(),
      closedBecause: z.string().nullable(),
      ageMs: count,
      institutions: z.partialRecord(planState, count),
      failed: z.array(
        z.strictObject({ institutionId: z.string(), failure: z.string(), nextTryAt: instant.nullable() }),
      ),
      url: z.string(),
    }),
  ),
  nextCursor: z.string().nullable(),
})

export const overviewAnswer = z.strictObject({
  now: instant,
  since: instant,
  states: z.array(
    z.strictObject({ state: refreshState, refreshes: count, oldestOpenedAt: instant, oldestAgeMs: count }),
  ),
  failures: z.array(
    z.strictObject({
      institutionId: z.string(),
      name: z.string(),
      failure: z.string(),
      /** Who is at fault, and who must act. */
      blame: z.string(),
      refreshes: count,
      open: count,
      nextTryAt: instant.nullable(),
    }),
  ),
})

const lacking = z.array(
  z.strictObject({
    institutionId: z.string(),
    state: z.enum(['fresh', 'carried_over', 'absent']),
    reason: z.string().nullable(),
    isRequired: z.boolean(),
    asOf: instant.nullable(),
  }),
)

const every = { at: instant, words: z.string(), isAhead: z.boolean() }
const about = { institutionId: z.string().nullable() }
const event = { ...every, ...about, eventId: z.int(), event: z.string() }
const snapshot = { ...every, snapshotNo: z.int(), cutNo: z.int() }

export const entryAnswer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('opened'), ...event }),
  z.strictObject({ kind: z.literal('joined'), ...event }),
  z.strictObject({ kind: z.literal('begun'), ...every, runId: z.string().nullable() }),
  z.strictObject({
    kind: z.literal('attempt'),
    ...every,
    until: instant.nullable(),
    institutionId: z.string(),
    round: z.int(),
    attempt: z.int(),
    outcome: z.enum(['changed', 'unchanged', 'failed', 'stopped', 'abandoned']).nullable(),
    failure: z.string().nullable(),
    calls: count.nullable(),
    rows: count.nullable(),
  }),
  z.strictObject({
    kind: z.enum(['wait', 'parked']),
    ...every,
    ...about,
    until: instant.nullable(),
    because: z.string(),
    held: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('order'),
    ...every,
    ...about,
    auditNo: z.int(),
    action: z.string(),
    by: z.string(),
    /** engine: by a signal from the Web UI or the CLI. */
    via: z.string().nullable(),
    why: z.string().nullable(),
    institutionIds: z.array(z.string()).nullable(),
    outcome: z.string().nullable(),
    because: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('cut'), ...snapshot, status: z.enum(['building', 'discarded']) }),
  z.strictObject({
    kind: z.literal('published'),
    ...snapshot,
    status: z.enum(['complete', 'partial']),
    lacking,
  }),
  z.strictObject({
    kind: z.literal('closed'),
    ...every,
    state: refreshState,
    because: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('deadline'), ...every }),
])

export const storyAnswer = z.strictObject({
  now: instant,
  refresh: z.strictObject({
    userKey: z.string(),
    refreshNo: z.int().positive(),
    state: refreshState,
    reason: z.string(),
    workflowId: z.string(),
    runId: z.string().nullable(),
    priority: z.int(),
    patienceMs: count,
    openedAt: instant,
    begunAt: instant.nullable(),
    wakeAt: instant.nullable(),
    deadline: instant,
    closedAt: instant.nullable(),
    closedBecause: z.string().nullable(),
    runEndedAt: instant.nullable(),
    /** Its run in Temporal's Web UI; null where no TEMPORAL_UI_URL is set. */
    trace: z.url().nullable(),
  }),
  institutions: z.array(
    z.strictObject({
      institutionId: z.string(),
      name: z.string(),
      state: planState,
      failure: z.string().nullable(),
      blame: z.string().nullable(),
      nextTryAt: instant.nullable(),
      notBefore: instant.nullable(),
      /** What operators have said that holds it back now. */
      held: z.string().nullable(),
      round: z.int(),
      isUnseen: z.boolean(),
      reason: z.string(),
      apiType: z.string(),
      notOlderThan: instant,
      changedAt: instant,
    }),
  ),
  timeline: z.array(entryAnswer),
  /** Whether there was more than a timeline holds, so that its beginning is missing. */
  isShortened: z.boolean(),
})

export const auditAnswer = z.strictObject({
  entries: z.array(
    z.strictObject({
      auditNo: z.int(),
      at: instant,
      actor: z.string(),
      action: z.string(),
      userKey: z.string().nullable(),
      institutionId: z.string().nullable(),
      reason: z.string().nullable(),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
  nextCursor: z.string().nullable(),
})

const ordered = {
  state: refreshState.nullable(),
  institutions: z.array(
    z.strictObject({
      institutionId: z.string(),
      outcome: z.enum(['done', 'already', 'refused']),
      because: z.string().nullable(),
      says: z.string().nullable(),
      /** The institution asked us to wait until then; nobody asks it earlier. */
      notBefore: instant.nullable(),
    }),
  ),
}

export const orderAnswer = z.strictObject({
  /** False: it had been done before, and nothing was changed. */
  changed: z.boolean(),
  ...ordered,
})

/** The problem of an order that was refused as a whole. */
export const orderRefused = z.strictObject({
  ...problemAnswer.omit({ errors: true }).shape,
  because: z.string().nullable(),
  ...ordered,
})

export const forceAnswer = z.strictObject({
  /** False: it was so already, until the same end. */
  changed: z.boolean(),
  state: z.enum(['closed', 'open', 'half_open']),
  since: instant,
  cause: z.string().nullable(),
  /** While it is not closed: when it may next be asked whether it answers. */
  probeFrom: instant.nullable(),
  forced: z.strictObject({ to: z.enum(['open', 'closed']), until: instant }).nullable(),
})

export const recoveredAnswer = z.strictObject({ waiting: count })

export const responsesAnswer = z.strictObject({
  responses: z.array(
    z.strictObject({
      responseId: z.uuid(),
      institutionId: z.string(),
      api: z.string(),
      status: z.int(),
      /** A few names, and short values; nothing in which a person may be named. */
      headers: z.record(z.string(), z.string()),
      /** What was expected, and where in the answer; nothing of what was found. */
      expected: z.string(),
      bodyBytes: count,
      isWhole: z.boolean(),
      keptAt: instant,
      expiresAt: instant,
    }),
  ),
})

export const responseOpened = z.strictObject({
  responseId: z.uuid(),
  institutionId: z.string(),
  api: z.string(),
  /** base64 where the bytes are no UTF-8. */
  encoding: z.enum(['utf-8', 'base64']),
  body: z.string(),
})

export const revocationsAnswer = z.strictObject({
  revocations: z.array(
    z.strictObject({
      userKey: z.string(),
      revocationNo: z.int().positive(),
      institutionId: z.string(),
      name: z.string(),
      because: z.string(),
      withDeletion: z.boolean(),
      state: z.enum(['requested', 'running', 'done']),
      workflowId: z.string(),
      requestedAt: instant,
      ageMs: count,
      answer: z.enum(['confirmed', 'nothing_to_revoke', 'unconfirmed']).nullable(),
      tries: count,
      failure: z.string().nullable(),
      deletedAt: instant.nullable(),
      snapshotNo: z.int().nullable(),
      /** Somebody stopped its run, or it failed: `resume` has it go on. */
      stalledAt: instant.nullable(),
      stalledBecause: z.string().nullable(),
    }),
  ),
})

/** False: its run was there, and goes on as it did. */
export const revocationResumed = z.strictObject({ changed: z.boolean() })
