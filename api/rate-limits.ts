import { isIPv6 } from 'node:net'

import type { RequestHandler } from 'express'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

import { RequestProblem } from './problems.ts'

/** Requests a minute, at one process: of one person, from one address, and of everybody. */
export type Rates = { perUser: number; perAddress: number; perProcess: number }

// Counted in tenths of a minute, so that nobody spends a minute's worth at once while all others wait behind it.
const WINDOW_S = 6
const WINDOWS_A_MINUTE = 60 / WINDOW_S

/**
 * Counts in this process's memory: with several processes a person has as many times as much. What is counted is
 * forgotten after six seconds, so the keys of 100,000 addresses are some 20 MB for that long.
 */
export function createRateLimits({ perUser, perAddress, perProcess }: Rates) {
  const users = limiterOf(perUser)
  const addresses = limiterOf(perAddress)
  const all = limiterOf(perProcess)

  /** Before anything is done for whoever asks. What watches the process asks no more often than it must. */
  const byAddress: RequestHandler = async (request, _response, next) => {
    if (!WATCHED.has(request.path)) {
      // Whoever is refused for the address takes nothing of what all share.
      await spend(addresses, networkOf(request.ip ?? ''))
      await spend(all, 'all')
    }
    next()
  }

  /** Once it is known who asks, before the database is. */
  const byUser = (subject: string): Promise<void> => spend(users, subject)

  return { byAddress, byUser }
}

export type RateLimits = ReturnType<typeof createRateLimits>

const limiterOf = (rate: number): RateLimiterMemory =>
  new RateLimiterMemory({ points: Math.ceil(rate / WINDOWS_A_MINUTE), duration: WINDOW_S })

const WATCHED = new Set(['/healthz', '/readyz'])

async function spend(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error
    const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1_000))
    throw new RequestProblem('TooManyRequests', { headers: { 'retry-after': String(seconds) } })
  }
}

/** Whoever has one IPv6 address has 2⁶⁴ of them: what is counted is the network they are in. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeroes =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0')
  const first = [...groups, ...zeroes, ...after].slice(0, 4)
  return `${first.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
