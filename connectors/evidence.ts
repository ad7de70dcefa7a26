import { DomainFailure } from '../domain/failures.ts'

/**
 * An answer that was not believed, as far as it was read. It travels beside what is thrown, never in it: messages are kept
 * in histories and logs, and name no data.
 */
export type Evidence = {
  api: string
  status: number
  headers: Record<string, string>
  /** Its first bytes. */
  body: Buffer
  /** Whether these are all that was read. */
  isWhole: boolean
}
/** With what was expected of it. */
export type Unexpected = Evidence & { expected: string }

/** A page that is not believed shows why within its first rows; 64 KiB hold a hundred of them. */
export const MOST_KEPT_BYTES = 64 * 1024

const ANSWERS = new WeakMap<object, Evidence>()
const UNEXPECTED = new WeakMap<object, Unexpected>()

/** So that whoever finds a fault in the content later can say which answer it was. */
export const rememberAnswer = (content: object, evidence: Evidence): void =>
  void ANSWERS.set(content, evidence)

/** A failure that knows the answer it speaks of, if the content is one. */
export function unexpectedAnswer(message: string, content: unknown): DomainFailure {
  const failure = new DomainFailure('UnexpectedResponse', message)
  const evidence = typeof content === 'object' && content !== null ? ANSWERS.get(content) : undefined
  if (evidence) UNEXPECTED.set(failure, { ...evidence, expected: message })
  return failure
}

export const rememberUnexpected = (failure: DomainFailure, evidence: Evidence): void =>
  void UNEXPECTED.set(failure, { ...evidence, expected: failure.message })

/** What takes the place of a failure speaks of the same answer. */
export function passOn(from: object, to: object): void {
  const unexpected = UNEXPECTED.get(from)
  if (unexpected) UNEXPECTED.set(to, unexpected)
}

/** The answer that a failure, or a gap, speaks of; null: none was read, or none may be kept. */
export const unexpectedIn = (failureOrGap: unknown): Unexpected | null =>
  (typeof failureOrGap === 'object' && failureOrGap !== null && UNEXPECTED.get(failureOrGap)) || null

// What tells a gateway from an institution, and one encoding from another. Nothing in which a person may be named.
const TOLD = ['content-type', 'content-length', 'content-encoding', 'date', 'server', 'retry-after', 'via']
const TELLABLE = /^[\w .,;:=/+()*-]{1,120}$/

/** Headers that may be shown to somebody who may not see the body. */
export const tellableHeaders = (headers: Record<string, string | string[] | undefined>) =>
  Object.fromEntries(
    TOLD.flatMap((name): [string, string][] => {
      const value = headers[name]
      return typeof value === 'string' && TELLABLE.test(value) ? [[name, value]] : []
    }),
  )
