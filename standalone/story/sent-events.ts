/** A server-sent event that arrived whole. The id is the last one that was named, as it is sent back on connecting again. */
export type ArrivedEvent = { event: string; id: string; data: string }

// How a refresh of a hundred institutions stands is 30 KB.
const LONGEST_EVENT = 1024 * 1024

/**
 * The events of an open stream as they arrive, until it ends. What was cut off in the middle is left out. The id of an
 * earlier stream holds until another one is named.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  earlierId = '',
): AsyncGenerator<ArrivedEvent> {
  const decoder = new TextDecoder()
  let id = earlierId
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop()!
    if (text.length > LONGEST_EVENT) throw new Error(`an event of more than ${LONGEST_EVENT} characters`)
    for (const block of blocks) {
      const fields = fieldsOf(block)
      id = fields.get('id') ?? id
      const data = fields.get('data')
      if (data !== undefined) yield { event: fields.get('event') ?? 'message', id, data }
    }
  }
}

/** Name and value of each line; a line without a name is a heartbeat. Our API sends `data` in one line. */
const fieldsOf = (block: string): Map<string, string> =>
  new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
    }),
  )
