import type { IncomingMessage } from 'node:http'

/** The largest request here is a few hundred bytes. */
export const MAX_BODY_BYTES = 64 * 1024

/** The body as text; undefined if it is larger than anything the standard sends. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= MAX_BODY_BYTES) chunks.push(chunk)
    // Ten times over: nobody means this, stop listening.
    if (size > 10 * MAX_BODY_BYTES) break
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8')
}

/** The plain values of a JSON object as texts: numbers and booleans may come native. Undefined if it is none. */
export function jsonValues(text: string | undefined): Record<string, string> | undefined {
  const parsed = parse(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(parsed)) {
    if (value === null) continue
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined
    values[name] = String(value)
  }
  return values
}

/** The fields of a form that came as one. */
export function formOf(
  { headers }: IncomingMessage,
  body: string | undefined,
): Record<string, string> | undefined {
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    ? formValues(body)
    : undefined
}

/** The fields of a form or a query; undefined if one comes twice or there are none. */
export function formValues(text: string | undefined): Record<string, string> | undefined {
  const values: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(text ?? '')) {
    if (name in values) return undefined
    values[name] = value
  }
  return Object.keys(values).length > 0 ? values : undefined
}

export function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
