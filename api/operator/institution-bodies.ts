import { z } from 'zod'

import { BOUNDS, type InstitutionOrder, type InstitutionVerb } from '../../domain/institution-settings.ts'
import { inOrder, isEverOpen, WEEKDAYS } from '../../domain/windows.ts'
import { why } from './parameters.ts'

/** What each verb about an institution takes. Bounds are told by name: whoever mistypes a number learns what was meant. */

const whole = ({ least, most }: { least: number; most: number }) => {
  const expected = `a whole number from ${least} to ${most} was expected`
  return z.int(expected).min(least, expected).max(most, expected)
}

/** With its offset, so that nobody's clock decides: '2026-11-22T06:00:00+09:00'. */
const instant = z.iso
  .datetime({ offset: true, message: 'an instant like 2026-11-22T06:00:00+09:00 was expected' })
  .transform((text) => new Date(text))
  .refine((at) => at.getTime() < Date.now() + BOUNDS.aheadMs, 'a time within half a year was expected')

const beginning = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of the day like 06:00 was expected, by the clock in Korea')
const ending = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time of the day like 23:30 or 24:00 was expected')
const span = z
  .strictObject({ from: beginning, to: ending })
  .refine(
    ({ from, to }) => from !== to,
    'an end other than the beginning was expected; all day is 00:00 to 24:00',
  )
const spans = z
  .array(span)
  .max(BOUNDS.spansOfADay.most, `${BOUNDS.spansOfADay.most} spans at most were expected`)

const hours = z
  .strictObject(
    Object.fromEntries(WEEKDAYS.map((day) => [day, spans.optional()])) as Record<
      string,
      z.ZodOptional<typeof spans>
    >,
  )
  .refine(
    (days) => isEverOpen({ hours: days, maintenance: [] }),
    'hours on at least one day were expected; to read it not at all, pause it',
  )

const maintenance = z
  .strictObject({
    from: instant,
    to: instant,
    text: z
      .string()
      .trim()
      .min(3, 'a text of 3 to 200 characters was expected')
      .max(200, 'a text of 3 to 200 characters was expected')
      .regex(/^[^\p{Cc}]*$/u, 'a text in one line was expected'),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'an end after its beginning was expected' })

export const institutionBodies = {
  pause: z.strictObject({ why, until: instant.nullish() }).transform(({ why: reason, until }) => ({
    why: reason,
    order: { verb: 'pause' as const, until: until ?? null },
  })),
  resume: z
    .strictObject({ why })
    .transform(({ why: reason }) => ({ why: reason, order: { verb: 'resume' as const } })),
  limits: z
    .strictObject({ why, concurrency: whole(BOUNDS.concurrency) })
    .transform(({ why: reason, concurrency }) => ({
      why: reason,
      order: { verb: 'limits' as const, concurrency },
    })),
  windows: z
    .strictObject({
      why,
      hours: hours.nullable(),
      maintenance: z
        .array(maintenance)
        .max(BOUNDS.maintenance.most, `${BOUNDS.maintenance.most} at most were expected`),
    })
    .transform(({ why: reason, ...windows }) => ({
      why: reason,
      order: { verb: 'windows' as const, windows: inOrder(windows) },
    })),
  timeouts: z
    .strictObject({
      why,
      callMs: whole(BOUNDS.callMs).nullable(),
      attemptMs: whole(BOUNDS.attemptMs).nullable(),
    })
    .transform(({ why: reason, ...timeouts }) => ({
      why: reason,
      order: { verb: 'timeouts' as const, ...timeouts },
    })),
} satisfies Record<InstitutionVerb, z.ZodType<{ why: string; order: InstitutionOrder }>>
