import { type Answer, coded } from '../answer.ts'
import type { World } from '../world.ts'

/** A call that is answered by something else than what it asked for. */
export type Astray = {
  world: World
  institutionId: string
  person: string | null
  /** Address and query as they were called. */
  asked: string
}
export type AnswerFault = { says: string; answer: (astray: Astray) => Answer }

/** Answers that lead or turn away. Redirects are 307: who follows one carries body and token along. */
export const ANSWER_FAULTS = {
  'redirect-away': {
    says: 'a redirect to a host that is not the institution',
    answer: ({ asked }) => redirect(`https://elsewhere.invalid${asked}`),
  },
  'redirect-loopback': {
    says: 'a redirect to the loopback address, where whoever follows it is counted (unknown-path)',
    answer: ({ world }) => redirect(`http://127.0.0.1:${new URL(world.baseUrl).port}/redirected`),
  },
  'redirect-circle': {
    says: 'a redirect to where it was called',
    answer: ({ world, asked }) => redirect(`${world.baseUrl}${asked}`),
  },
  'token-expired': {
    says: "the person's access tokens expire with this call; the refresh token still works",
    answer: ({ world, institutionId, person }) => {
      if (person !== null) world.consents.expireAccess({ person, institutionId })
      return coded('40101')
    },
  },
  'consent-withdrawn': {
    says: 'with this call the person ends the consent at the institution, for good',
    answer: ({ world, institutionId, person }) => {
      if (person !== null) world.consents.end({ person, institutionId }, 'withdrawn')
      return coded('40106')
    },
  },
} as const satisfies Record<string, AnswerFault>

function redirect(location: string): Answer {
  return { status: 307, body: {}, headers: { location } }
}
