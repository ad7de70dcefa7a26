import { z } from 'zod'

import type { InstitutionSettings } from '../../domain/institution-settings.ts'
import { WEEKDAYS } from '../../domain/windows.ts'
import { problemAnswer } from '../problem-answers.ts'

const instant = z.iso.datetime({ precision: 3 })
const spans = z.array(z.strictObject({ from: z.string(), to: z.string() }))

const settings = {
  state: z.enum(['active', 'paused', 'removed']),
  pausedUntil: instant.nullable(),
  concurrency: z.int().positive(),
  windows: z.strictObject({
    hours: z.partialRecord(z.enum(WEEKDAYS), spans).nullable(),
    maintenance: z.array(z.strictObject({ from: instant, to: instant, text: z.string() })),
  }),
  callMs: z.int().nullable(),
  attemptMs: z.int().nullable(),
}
export const settingsAnswer = z.strictObject(settings)

export const institutionSettingsAnswer = z.strictObject({
  institutions: z.array(
    z.strictObject({
      institutionId: z.string(),
      industry: z.string(),
      name: z.string(),
      reading: z.int().min(0),
      ...settings,
      /** Why no reading of it may begin now, in words; null: one may. */
      held: z.string().nullable(),
      /** Until when; null with words: until somebody says so. */
      heldUntil: instant.nullable(),
    }),
  ),
  nextCursor: z.string().nullable(),
})

export const institutionSaidAnswer = z.strictObject({
  /** False: it had been said before, and nothing was changed. */
  changed: z.boolean(),
  before: settingsAnswer,
  after: settingsAnswer,
  /** How many readings that waited are due sooner than they were. */
  waiting: z.int().min(0),
})

export const institutionRefused = z.strictObject({
  ...problemAnswer.omit({ errors: true }).shape,
  because: z.string(),
})

export const settingsOut = ({
  state,
  pausedUntil,
  concurrency,
  windows: { hours, maintenance },
  callMs,
  attemptMs,
}: InstitutionSettings): z.infer<typeof settingsAnswer> => ({
  state,
  pausedUntil: pausedUntil?.toISOString() ?? null,
  concurrency,
  windows: {
    hours: hours && Object.fromEntries(Object.entries(hours).map(([day, open]) => [day, [...open]])),
    maintenance: maintenance.map(({ from, to, text }) => ({
      from: from.toISOString(),
      to: to.toISOString(),
      text,
    })),
  },
  callMs,
  attemptMs,
})
