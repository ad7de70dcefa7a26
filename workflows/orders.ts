import { defineSignal, setHandler, uuid4 } from '@temporalio/workflow'

import type { Order, Verb } from '../domain/orders.ts'
import { EXCUSE, RESUME } from './contract.ts'

const VERBS = { [RESUME]: 'resume', [EXCUSE]: 'excuse' } as const satisfies Record<string, Verb>

// Longer than any plan and any reason; the rest of what somebody pasted is cut off, not kept.
const MOST_INSTITUTIONS = 200
const LONGEST_TEXT = 500
// Waiting to be obeyed at once; a hand that gives more is no hand.
const MOST_ORDERS = 100
const INSTITUTION_ID = /^[\w-]{1,64}$/
// What no column of text takes, and what no reader wants to see.
const UNWRITABLE = /[\p{Cc}\p{Cs}]/gu

/** Orders that operators gave this run by signal, in their order. Register before the first await. */
export function ordersBySignal(): Order[] {
  const orders: Order[] = []
  for (const [name, verb] of Object.entries(VERBS)) {
    setHandler(defineSignal<[unknown]>(name), (given) => {
      if (orders.length < MOST_ORDERS) orders.push(orderOf(verb, given))
    })
  }
  return orders
}

/** Whatever was typed becomes an order: what it does not say is said to be missing, and is in the audit as such. */
function orderOf(verb: Verb, given: unknown): Order {
  const { institutions, by, why } = fieldsOf(given)
  const named = Array.isArray(institutions)
    ? institutions
        .filter((id) => typeof id === 'string' && INSTITUTION_ID.test(id))
        .slice(0, MOST_INSTITUTIONS)
    : null
  return {
    verb,
    institutionIds: named,
    by: text(by) ?? 'somebody with access to the engine',
    why: text(why) ?? 'no reason was given',
    via: 'engine',
    id: uuid4(),
  }
}

/** What a signal brought, as far as it is an object; nothing of anything else. */
const fieldsOf = (given: unknown): { institutions?: unknown; by?: unknown; why?: unknown } =>
  typeof given === 'object' && given !== null ? given : {}

function text(given: unknown): string | null {
  if (typeof given !== 'string') return null
  return given.slice(0, LONGEST_TEXT).replaceAll(UNWRITABLE, ' ').trim() || null
}
