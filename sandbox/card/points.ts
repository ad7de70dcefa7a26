import type { Answer } from '../answer.ts'
import type { Ask } from '../ask.ts'
import { pointsAt } from '../people/cards/points.ts'
import { holdingOf } from './card.ts'
import { counted, whole } from './whole.ts'

/** 카드-003: points. */
export function listPoints(ask: Ask): Answer {
  const holding = holdingOf(ask)
  return whole(ask, '', (at) => {
    const { name, remaining, expiring } = pointsAt(holding, at)
    const row = {
      point_name: name,
      remain_point_amt: String(remaining),
      expiring_point_amt: String(expiring),
    }
    return counted('point', [row])
  })
}
