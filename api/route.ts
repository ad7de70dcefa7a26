import type { Request, Response } from 'express'
import type { z } from 'zod'

import type { UserId } from '../db/database.ts'
import type { ProblemName } from './problems.ts'

/** Sections of the reference, in this order. */
export const SECTIONS = {
  Events: 'Something happened: a page was opened, a button pressed. What it costs is decided at once.',
  Refreshes: 'One order to make a person’s data fresh, with a reading of each institution in its plan.',
  Snapshots:
    'What was published: one cut through one collection of each institution. Every read is of one snapshot, and says what is missing and why.',
  Institutions: 'Who holds data: whom one can connect, and how they fare.',
  Consents:
    'What a person shares, with whom, for what and until when: they agree at the institution, and it can be narrowed and renewed here.',
  Revocations:
    'The end of a consent: nothing is read or shown from its first moment on, and a signed receipt says what was done.',
  Health: 'Whether the process lives, and whether it can do its work.',
  Reference: 'What this API is, for programs and for people.',
} as const

export type Section = keyof typeof SECTIONS

/** One answer of a route: its form, its words, and an example that is true to both. */
export type AnswerSpec = {
  says: string
  schema: z.ZodType
  example: unknown
  /** JSON unless said otherwise; null: the answer has no body. */
  type?: string | null
  /** What a stream carries, by the name of the event. */
  events?: Readonly<Record<string, z.ZodType>>
  headers?: Readonly<Record<string, string>>
}

type Answers = Readonly<Record<number, AnswerSpec>>
type Fields = z.ZodType<Readonly<Record<string, unknown>>>

/** What a route is. The same schemas check what comes in, shape what goes out, and make the OpenAPI document. */
export type RouteSpec<
  A extends Answers = Answers,
  Q extends Fields = Fields,
  P extends Fields = Fields,
  H extends Fields = Fields,
  B extends z.ZodType = z.ZodType,
> = {
  /** Names the operation in generated clients: a verb and what it is about. */
  id: string
  method: 'get' | 'post' | 'patch'
  /** As OpenAPI writes it: /v1/me/refreshes/{refreshNo}. */
  path: string
  section: Section
  summary: string
  description: string
  /** Members bring a token; anyone may ask what says nothing of anyone. */
  access: 'member' | 'anyone'
  /** A path whose parameters are not of this form does not exist. */
  params?: P
  /** Whatever is not named here is refused by name. Left out: no parameter is accepted. */
  query?: Q
  headers?: H
  body?: { schema: B; example: unknown; refuse?: (body: unknown) => void }
  answers: A
  /** It names its answer by an ETag, and says 304 to whoever has it. */
  isConditional?: boolean
  /** What it refuses, besides what every route may (see problemsOf). */
  problems: readonly ProblemName[]
}

/** A request whose every part has been checked. */
export type Asked<Q, P, H, B> = {
  query: Q
  params: P
  headers: H
  body: B
  /** Whose request this is; every read is limited to this user. Throws where the route is for anyone. */
  userId: () => UserId
  request: Request
  response: Response
}

/** What a handler gives: one of the route's answers, or the word that it has written one itself (a stream, a 304). */
export type Answered<A extends Answers> =
  | {
      [S in keyof A & number]: { status: S; body: z.input<A[S]['schema']>; headers?: Headers | undefined }
    }[keyof A & number]
  | 'written'

/** A route that still needs what it works with. */
export type Route<Deps> = { spec: RouteSpec; bind: (deps: Deps) => AnyHandler }
export type AnyHandler = (asked: Asked<unknown, unknown, unknown, unknown>) => Promise<Written>
export type Written = { status: number; body: unknown; headers?: Headers | undefined } | 'written'
type Headers = Record<string, string>

/** One of a route's answers. */
export const answer = <S extends number, Body>(status: S, body: Body, headers?: Headers) => ({
  status,
  body,
  headers,
})

/** Joins what a route is and what it does, so that neither can say something else than the other. */
export function defineRoute<
  Deps,
  A extends Answers,
  Q extends Fields,
  P extends Fields,
  H extends Fields,
  B extends z.ZodType,
>(
  spec: RouteSpec<A, Q, P, H, B>,
  bind: (
    deps: Deps,
  ) => (asked: Asked<z.output<Q>, z.output<P>, z.output<H>, z.output<B>>) => Promise<Answered<A>>,
): Route<Deps> {
  // The mount hands on what these very schemas made of the request, so the handler's types hold.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { spec, bind } as unknown as Route<Deps>
}
