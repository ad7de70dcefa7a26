import type { Consents, Grant } from '../db/consents.ts'
import { ISSUER } from './children.ts'
import type { Ground } from './ground.ts'
import { DAY_MS, inTurns } from './turns.ts'

/** A user with consents at some institutions, collected once. */
export type Person = {
  name: string
  userId: number
  userKey: string
  institutionIds: string[]
  token: string
}

// First collections are the heaviest work here; four at once keep two cores busy without piling up.
const AT_ONCE = 4
const FIRST_LIMIT_MS = 120_000

/** People with consents at the first N institutions, all collected and published once, so that what follows is quiet. */
export async function preparePeople(
  ground: Ground,
  prefix: string,
  count: number,
  n: number,
): Promise<Person[]> {
  await ground.institutions.behaveAll(0)
  return preparePeopleAt(ground, `${prefix}-${n}`, count, ground.institutions.idsUpTo(n))
}

/** The same at institutions that are named. */
export function preparePeopleAt(
  ground: Ground,
  prefix: string,
  count: number,
  institutionIds: string[],
): Promise<Person[]> {
  const names = Array.from({ length: count }, (_, at) => `${prefix}-${at}`)
  return inTurns(names, AT_ONCE, async (name) => {
    const person = { ...(await enrol(ground, name, institutionIds)), name, institutionIds }
    return { ...person, token: await ground.tokenOf(name) }
  })
}

async function enrol(ground: Ground, name: string, institutionIds: string[]) {
  const { refreshNo, ...user } = await startFirst(
    ground,
    ground.repositories.api.consents,
    name,
    institutionIds,
  )
  await ground.watcher.visible(user.userId, refreshNo, FIRST_LIMIT_MS)
  return user
}

/** A user with consents at these institutions, whose first refresh has been started. */
export async function startFirst(
  { repositories, runs, institutions }: Ground,
  consents: Consents,
  name: string,
  institutionIds: readonly string[],
) {
  const user = await repositories.api.users.enrol(ISSUER, name)
  let refreshNo = 0
  for (const tokens of await institutions.consents(name, institutionIds)) {
    const answer = await consents.grant(user.userId, grantOf(tokens))
    if (answer.outcome === 'started' || answer.outcome === 'joined') refreshNo = answer.refreshNo
  }
  await runs.start({ userKey: user.userKey, refreshNo }, { priority: 1, reason: 'consent.granted' })
  return { ...user, refreshNo }
}

type Tokens = { institutionId: string; accessToken: string; refreshToken: string; scope: string }

const grantOf = ({ institutionId, accessToken, refreshToken, scope }: Tokens): Grant => ({
  institutionId,
  scope,
  purpose: 'view-and-analyse',
  endsAt: new Date(Date.now() + 300 * DAY_MS),
  accessToken,
  accessExpiresAt: new Date(Date.now() + 80 * DAY_MS),
  refreshToken,
  refreshExpiresAt: new Date(Date.now() + 300 * DAY_MS),
})
