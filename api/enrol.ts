import { z } from 'zod'

import type { Consents } from '../db/consents.ts'
import type { Institutions } from '../db/institutions.ts'
import type { Users } from '../db/users.ts'
import { SUBJECT } from './auth.ts'
import { requestErrors } from './checked.ts'

/** What may be told to whoever runs an enrolment: places in the input, never its content. */
export class EnrolmentRefused extends Error {
  constructor(lines: readonly string[]) {
    super(`nobody was enrolled:\n${lines.join('\n')}`)
    this.name = 'EnrolmentRefused'
  }
}

const plainText = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((text) => !text.includes('\0'), 'no NUL')
const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
// The standard's longest token has 1,500 characters.
const token = plainText(1_500)

const enrolment = z.strictObject({
  issuer: plainText(255),
  subject: z.string().regex(SUBJECT),
  consents: z
    .array(
      z.strictObject({
        institutionId: z.string().regex(/^[\w-]{1,64}$/),
        scope: plainText(4_000),
        purpose: plainText(1_000),
        endsAt: instant,
        accessToken: token,
        accessExpiresAt: instant,
        refreshToken: token.nullable(),
        refreshExpiresAt: instant.nullable(),
      }),
    )
    .max(100), // nobody has been seen with more than 40 institutions
})

export type Enrolment = z.infer<typeof enrolment>

/** Reads an enrolment; throws EnrolmentRefused, which quotes nothing of it. */
export function parseEnrolment(text: string): Enrolment {
  const parsed = enrolment.safeParse(json(text))
  if (!parsed.success) {
    throw new EnrolmentRefused(requestErrors(parsed.error).map(({ path, message }) => `${path}: ${message}`))
  }
  return parsed.data
}

export type EnrolDeps = {
  users: Pick<Users, 'enrol'>
  institutions: Pick<Institutions, 'list'>
  consents: Pick<Consents, 'grant'>
}

/**
 * Makes the user unless there is one and grants each consent; a consent that is there already is renewed. Each grant
 * writes its reading into the user's open refresh, whose run the caretaker starts.
 */
export async function enrol({ users, institutions, consents }: EnrolDeps, given: Enrolment) {
  const known = new Set((await institutions.list()).map(({ institutionId }) => institutionId))
  const unknown = given.consents.flatMap(({ institutionId }, i) =>
    known.has(institutionId) ? [] : [`consents.${i}.institutionId: no institution is known by this id`],
  )
  if (unknown.length > 0) throw new EnrolmentRefused(unknown)
  const { userId, userKey } = await users.enrol(given.issuer, given.subject)
  let refreshNo: number | null = null
  for (const consent of given.consents) {
    const answer = await consents.grant(userId, consent)
    if (answer.outcome === 'started' || answer.outcome === 'joined') refreshNo = answer.refreshNo
  }
  return { userKey, granted: given.consents.length, refreshNo }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new EnrolmentRefused(['(input): JSON was expected']) // the parser's own words would quote it
  }
}
