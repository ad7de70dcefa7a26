import { z } from 'zod'

import { canonicalAmount, decimal, isAmount, isCurrency, isRate } from '../../domain/money.ts'
import {
  fromCompactDate,
  fromCompactDateTime,
  isCompactDate,
  isCompactDateTime,
  type KstDate,
  type KstDateTime,
} from '../../domain/time.ts'
import { unexpectedAnswer } from '../evidence.ts'

/*
 * The fields of the standard's answers. Absent, null and "" are alike; text, numbers (already their exact text) and
 * booleans are alike; unknown fields and unknown code values pass.
 */

// The longest field of the contract is a token, 1,500 characters; cursors have 1,000, names 300 bytes, memos 90.
const LONGEST_TEXT = 1500

/** Text, or null where nothing was said. PostgreSQL keeps no NUL, and padding says nothing. */
export const text = z
  .union([z.string(), z.boolean()], 'a text')
  .nullish()
  .transform((value) => tidy(String(value ?? '')) || null)
  .refine((value) => (value?.length ?? 0) <= LONGEST_TEXT, `at most ${LONGEST_TEXT} characters`)

/** A character that was cut in half (an emoji at the end of a memo) is no text that a database takes. */
const tidy = (value: string): string =>
  value
    .replaceAll('\0', '')
    .replaceAll(/\p{Surrogate}/gu, '\uFFFD')
    .trim()

/** Text that the answer is worth nothing without. */
export const neededText = needed(text)

export const flag = checked('true or false', (value) => /^(true|false)$/i.test(value), isTrue)
export const neededFlag = needed(flag)

/** A decimal of either sign, written the one way. */
export const amount = checked('an amount', isAmount, canonicalAmount)
export const neededAmount = needed(amount)

/** An amount that has no sign: its direction stands in a code. */
export const unsignedAmount = checked(
  'an amount without a sign',
  (value) => isAmount(value) && !decimal(value).lt(0),
  canonicalAmount,
)
export const neededUnsignedAmount = needed(unsignedAmount)

export const rate = checked('a rate in percent', isRate, (value) => value)
export const day = checked('a day', isCompactDate, fromCompactDate)

/** Omitted means won. */
export const currency = checked('a currency', isCurrency, (value) => value).transform(
  (value) => value ?? 'KRW',
)

/** A day of the month; institutions without one send 00 or 99. */
export const dayOfMonth = text.transform((value) => {
  const number = /^\d{1,2}$/.test(value ?? '') ? Number(value) : 0
  return number >= 1 && number <= 31 ? number : null
})

/** Fourteen digits that name a second, or eight that name a day where the institution keeps no time. */
export const optionalMoment = checked('a day or a time', isMoment, readMoment)
export const moment = needed(optionalMoment)
export const neededDay = needed(day)

/** Six digits that name a month: '202610' → '2026-10'. */
export const month = checked('a month', isCompactMonth, (value) => fromCompactDate(`${value}01`).slice(0, 7))
export const neededMonth = needed(month)

/** A small count; its zeros in front say nothing. */
export const count = checked('a count', (value) => /^\d{1,5}$/.test(value), Number)

export type Moment = { sent: string; on: KstDate; at: KstDateTime; timeKnown: boolean }

/** A position in time from which to ask for changes. Anything else is taken for none, and all is read again. */
export const searchTimestamp = text.transform((value) => (value && /^\d{14}$/.test(value) ? value : null))

/**
 * Parses an answer at the edge, or what stands at one place of it. The failure names the field and what was expected of
 * it, not what it held.
 */
export function parseAnswer<T>(
  schema: z.ZodType<T>,
  body: unknown,
  where: string,
  place?: string,
  answer: unknown = body,
): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = [...(place === undefined ? [] : [place]), ...(issue?.path.map(String) ?? [])].join('.')
  throw unexpectedAnswer(`${where}: expected ${issue?.message ?? 'other content'} in ${field}`, answer)
}

function isTrue(value: string): boolean {
  return value.toLowerCase() === 'true'
}

function isCompactMonth(value: string): boolean {
  return /^\d{6}$/.test(value) && isCompactDate(`${value}01`)
}

function isMoment(value: string): boolean {
  return isCompactDate(value) || isCompactDateTime(value)
}

function readMoment(sent: string): Moment {
  const timeKnown = isCompactDateTime(sent)
  const on = fromCompactDate(sent)
  return { sent, on, at: timeKnown ? fromCompactDateTime(sent) : `${on} 00:00:00`, timeKnown }
}

function checked<T>(expected: string, isValid: (value: string) => boolean, read: (value: string) => T) {
  return text
    .refine((value) => value === null || isValid(value), { error: expected, abort: true })
    .transform((value) => (value === null ? null : read(value)))
}

function needed<T>(field: z.ZodType<T | null>) {
  return field.transform((value, context): T => {
    if (value !== null) return value
    context.addIssue({ code: 'custom', message: 'something' })
    return z.NEVER
  })
}
