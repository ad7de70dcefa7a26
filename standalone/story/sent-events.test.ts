import { expect, test } from 'vitest'

import { type ArrivedEvent, readEvents } from './sent-events.ts'

const bytes = new TextEncoder()

/** A stream that arrives in these pieces and then ends. */
async function arriving(pieces: readonly Uint8Array[], earlierId?: string): Promise<ArrivedEvent[]> {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
  const events: ArrivedEvent[] = []
  for await (const event of readEvents(body, earlierId)) events.push(event)
  return events
}

const TEXT =
  'retry: 1000\n\nevent: snapshot\nid: 3\ndata: {"은행":1}\n\n:\n\nevent: refresh\ndata: {"a":2}\n\n'
const EVENTS = [
  { event: 'snapshot', id: '3', data: '{"은행":1}' },
  { event: 'refresh', id: '3', data: '{"a":2}' },
]

test('events are the same however their bytes arrive', async () => {
  expect(await arriving([bytes.encode(TEXT)])).toEqual(EVENTS)
  expect(await arriving([...bytes.encode(TEXT)].map((byte) => Uint8Array.of(byte)))).toEqual(EVENTS)
})

test('what was cut off in the middle is not given', async () => {
  expect(await arriving([bytes.encode(TEXT.slice(0, -1))])).toEqual(EVENTS.slice(0, 1))
})

test('the id of an earlier stream holds until another is named', async () => {
  const [first] = await arriving([bytes.encode('data: {}\n\n')], '7')
  expect(first).toEqual({ event: 'message', id: '7', data: '{}' })
})

test('an event without an end is refused before it fills the memory', async () => {
  const endless = Array.from({ length: 20 }, () => bytes.encode('x'.repeat(100_000)))
  await expect(arriving(endless)).rejects.toThrow('more than 1048576 characters')
})
