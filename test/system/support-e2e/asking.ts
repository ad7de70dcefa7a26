import type { EventAnswer } from '../../../db/events.ts'
import { EVENTS, type EventType } from '../../../domain/event-map.ts'
import type { Person, World } from '../world.ts'

type Asked = Pick<World, 'moa' | 'runs'>

/** Raises an event as the API does: stored and decided first, then the engine is told. */
export async function ask(
  { moa, runs }: Asked,
  person: Person,
  type: EventType,
  institutionId: string | null = null,
): Promise<EventAnswer> {
  const answer = await moa.api.events.record(person.userId, { type, institutionId, idempotencyKey: null })
  if (answer.outcome === 'started' || answer.outcome === 'joined') {
    await tell({ runs }, { ...person, refreshNo: answer.refreshNo }, type)
  }
  return answer
}

/** Starts the run of a person's refresh, or tells it that its rows changed. */
export async function tell({ runs }: Pick<World, 'runs'>, person: Person, type: EventType): Promise<void> {
  const started = await runs.start(person, { priority: EVENTS[type].priority, reason: type })
  if (started === 'started-before') await runs.hint(person)
}

/** The number of the refresh that an answer promises; fails where it promises none. */
export function refreshOf(answer: EventAnswer): number {
  if (answer.outcome === 'started' || answer.outcome === 'joined') return answer.refreshNo
  throw new Error(`a refresh was expected, not ${answer.outcome}`)
}

/** Presses the button, tells the engine, and answers the number of the refresh that serves it. */
export const press = async (world: Asked, person: Person): Promise<number> =>
  refreshOf(await ask(world, person, 'assets.refresh_requested'))
