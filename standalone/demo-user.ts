import { readFile, rename, writeFile } from 'node:fs/promises'

import { z } from 'zod'

import { DEVELOPMENT_ISSUER } from '../config.ts'

/** An invented person; the sandbox knows her life at its first six banks and three card companies. */
export const DEMO_PERSON = 'minji'
/** Whoever sits at this machine, where the operators' audit is asked who did it. */
export const DEMO_OPERATOR = 'operator-of-this-machine'
export const DEMO_BANKS = 6
export const DEMO_CARD_COMPANIES = 3

const PURPOSE = 'view-and-analyse'
const DAY_MS = 86_400_000
/** Korea has no summer time. */
const END_OF_DAY = 'T23:59:59+09:00'

const demoUser = z.object({ userKey: z.string().min(1), enrolledAt: z.iso.datetime() })
export type DemoUser = z.infer<typeof demoUser>

/** The sandbox's access tokens live 90 days: after 60 the person consents anew. */
const ENROLMENT_HOLDS_MS = 60 * DAY_MS

/** Whom an earlier start enrolled; undefined if there was none, or too long ago. */
export async function readDemoUser(file: string): Promise<DemoUser | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const user = demoUser.parse(JSON.parse(text))
  return Date.parse(user.enrolledAt) + ENROLMENT_HOLDS_MS > Date.now() ? user : undefined
}

/** Remembers the user that the enrolment answered. */
export async function keepDemoUser(file: string, enrolled: unknown): Promise<DemoUser> {
  const { userKey } = z.object({ userKey: z.string().min(1) }).parse(enrolled)
  const user = { userKey, enrolledAt: new Date().toISOString() }
  await writeFile(`${file}.new`, `${JSON.stringify(user)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return user
}

const institutions = z.array(z.object({ institutionId: z.string() }))

const issued = z.array(
  z.object({
    institutionId: z.string(),
    accessToken: z.string(),
    refreshToken: z.string(),
    expiresInSeconds: z.int(),
    refreshExpiresInSeconds: z.int(),
    scope: z.string(),
    endsOn: z.iso.date(),
  }),
)

/** Consents at every bank of the file, as the person would give them there, in the form an enrolment takes. */
export async function consentInSandbox(sandboxUrl: string, institutionsFile: string) {
  const listed: unknown = JSON.parse(await readFile(institutionsFile, 'utf8'))
  const institutionIds = institutions.parse(listed).map(({ institutionId }) => institutionId)
  const answer = await fetch(`${sandboxUrl}/_sandbox/consents`, {
    method: 'POST',
    body: JSON.stringify({ person: DEMO_PERSON, institutionIds }),
  })
  if (!answer.ok) throw new Error(`the sandbox answered ${answer.status} when it was asked for consents`)
  return enrolmentOf(issued.parse(await answer.json()), Date.now())
}

/** Pure: the tokens as they were issued now, as an enrolment. */
export function enrolmentOf(tokens: z.infer<typeof issued>, now: number) {
  const inSeconds = (seconds: number) => new Date(now + seconds * 1_000).toISOString()
  const consents = tokens.map((each) => ({
    institutionId: each.institutionId,
    scope: each.scope,
    purpose: PURPOSE,
    endsAt: new Date(`${each.endsOn}${END_OF_DAY}`).toISOString(),
    accessToken: each.accessToken,
    accessExpiresAt: inSeconds(each.expiresInSeconds),
    refreshToken: each.refreshToken,
    refreshExpiresAt: inSeconds(each.refreshExpiresInSeconds),
  }))
  return { issuer: DEVELOPMENT_ISSUER, subject: DEMO_PERSON, consents }
}
