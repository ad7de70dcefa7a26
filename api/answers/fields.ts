import { z } from 'zod'

/** Fields that many answers have. */
export const amount = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .meta({ description: 'An exact decimal as text, with the decimals it has.' })
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .meta({ description: 'ISO 4217.' })
export const instant = z.iso.datetime()
export const count = z.int().min(0)
export const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/)

/** Numbers are counted per user from 1 and kept in four bytes. */
export const MOST_NUMBER = 2 ** 31 - 1
export const number = z.int().min(1).max(MOST_NUMBER)

export const INSTITUTION_ID = /^[\w-]{1,64}$/
export const institutionId = z.string().regex(INSTITUTION_ID, 'the id of an institution was expected')
