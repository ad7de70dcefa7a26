import type { BatchRefusal } from '../../db/operator-batches.ts'
import type { InstitutionRefusal } from '../../domain/institution-settings.ts'
import type { Refusal } from '../../domain/orders.ts'

/** Why an order was not obeyed, in a sentence for whoever gave it. */
const SAYS = {
  no_such_refresh: 'There is no such refresh.',
  refresh_closed: 'The refresh is closed and stays as it ended; the next event opens a new one.',
  not_in_plan: 'This institution is not in the plan of this refresh.',
  already_collected: 'It was read in this refresh: there is nothing to take out of the requirement.',
  nothing_failed: 'Nothing has failed: there is nothing to try again.',
  waits_for_user: 'Only its user can mend this; it keeps nobody waiting as it is.',
  institution_asks_to_wait: 'The institution named a time before which nobody may ask it again.',
  no_institution_named: 'Excusing needs the institutions that are meant.',
  no_longer_matches: 'It is not as it was when it was looked for; it was left alone.',
} as const satisfies Record<Refusal, string>

export const saysOf = (because: Refusal | null): string | null => (because === null ? null : SAYS[because])

/** The same of what was said of an institution. */
const INSTITUTION_SAYS = {
  institution_removed: 'This institution is removed: nothing that is said of it has an effect.',
  until_has_passed: 'The pause would be over before it begins.',
  attempt_shorter_than_call: 'An attempt must have at least the time of one call.',
} as const satisfies Record<InstitutionRefusal, string>

export const institutionSays = (because: InstitutionRefusal): string => INSTITUTION_SAYS[because]

const BATCH_SAYS = {
  other_count: 'The batch holds another number of refreshes than was repeated. Look at it again.',
  too_old: 'It was looked at too long ago: much may have changed. Look again, and order what is there now.',
} as const satisfies Record<BatchRefusal, string>

export const batchSays = (because: BatchRefusal): string => BATCH_SAYS[because]
