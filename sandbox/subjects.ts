import { createHash } from 'node:crypto'

import { FULL_SCOPES, type Grant } from './consents.ts'
import { ControlError } from './control-error.ts'
import type { Industry, Institution } from './institutions.ts'
import { addMonths, dayFrom, dayOf, dayText } from './kst.ts'
import type { World } from './world.ts'

/** 64: the tokens of a person with a longer id would not fit their 1,500 characters. */
const MAX_PERSON_CHARACTERS = 64

/** The person of an id; any will do as long as it is short and there are not too many. */
export function personOf(world: World, person: string): string {
  if (person.length === 0 || person.length > MAX_PERSON_CHARACTERS || /[|\p{Cc}]/u.test(person))
    throw new ControlError(`person: 1 to ${MAX_PERSON_CHARACTERS} characters, no | and no control characters`)
  if (!world.consents.people.has(person) && world.consents.people.size >= world.maxPeople)
    throw new ControlError(`more than ${world.maxPeople} people: raise maxPeople`)
  return person
}

export function institutionOf(world: World, institutionId: string, industry?: Industry): Institution {
  const institution = world.institutions.get(institutionId)
  if (!institution)
    throw new ControlError(
      `institutionId: no such institution; known: ${[...world.institutions.keys()].join(', ')}`,
    )
  if (industry !== undefined && institution.industry !== industry)
    throw new ControlError(`institutionId: expected a ${industry} institution`)
  return institution
}

/** What a consent grants if nothing else is said: everything the industry shares, for a year. */
export function grantOf(
  world: World,
  order: { endsOn?: string | undefined; scope?: string | undefined; memo?: boolean | undefined },
  industry: Industry,
): Grant {
  const endsOn = order.endsOn ?? dayText(addMonths(dayOf(world.clock.now()), 12))
  if (dayFrom(endsOn) === undefined) throw new ControlError('endsOn: YYYY-MM-DD')
  return { scope: order.scope ?? FULL_SCOPES[industry], endsOn, memo: order.memo ?? true }
}

/** A person's CI (연계정보): the same at every institution, 88 characters of Base64. */
export function ciOf({ seed }: World, person: string): string {
  return createHash('sha512').update(`ci\u0000${seed}\u0000${person}`).digest('base64')
}
