import { describe, expect, test } from 'vitest'

import { startApi } from './make-api.ts'
import { makeDoor } from './make-door.ts'
import { startOperator } from './operator/make-operator.ts'
import { networkOf } from './rate-limits.ts'

// Thirty a minute are three in six seconds; the tests below take less.
const FEW = 30
const PLENTY = { perUser: 100_000, perAddress: 100_000, perProcess: 100_000 }
const READ = '/v1/me/snapshot'

const doorWith = (rates: Partial<typeof PLENTY>, trustedProxies = 0) =>
  makeDoor({ rates: { ...PLENTY, ...rates }, trustedProxies })
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

/** Statuses of so many requests, one after another. */
async function statuses(count: number, ask: () => Promise<Response>): Promise<number[]> {
  const seen: number[] = []
  for (let at = 0; at < count; at += 1) seen.push((await ask()).status)
  return seen
}

describe('too many requests', () => {
  test('of one person are refused, with the time to wait; others are served', async () => {
    const { ask } = await startApi({ door: doorWith({ perUser: FEW }) })
    expect(await statuses(4, () => ask(READ))).toEqual([404, 404, 404, 429])
    const refused = await ask(READ)
    expect(await refused.json()).toMatchObject({ title: 'TooManyRequests', status: 429 })
    const seconds = Number(refused.headers.get('retry-after'))
    expect([Number.isInteger(seconds), seconds >= 1, seconds <= 6]).toEqual([true, true, true])
    expect((await ask(READ, { headers: { authorization: 'Bearer stranger' } })).status).toBe(403)
  })

  test('of somebody who is not enrolled are refused before the database is asked', async () => {
    let lookUps = 0
    const users = { idBySubject: async () => ((lookUps += 1), null) }
    const { ask } = await startApi({ users, door: doorWith({ perUser: FEW }) })
    expect(await statuses(5, () => ask(READ))).toEqual([403, 403, 403, 429, 429])
    expect(lookUps).toBe(3)
  })

  test('from one address are refused, whatever tokens they bring', async () => {
    const { ask, asNobody } = await startApi({ door: doorWith({ perAddress: FEW }) })
    expect(await statuses(3, () => asNobody(READ))).toEqual([401, 401, 401])
    expect((await ask(READ)).status).toBe(429)
  })

  test('from one network of IPv6 are those of one address', async () => {
    const { ask } = await startApi({ door: doorWith({ perAddress: FEW }, 1) })
    for (const last of [1, 2, 3]) expect((await ask(READ, from(`2001:db8::${last}`))).status).toBe(404)
    expect((await ask(READ, from('2001:db8:0:0:ffff::9'))).status).toBe(429)
    expect((await ask(READ, from('2001:db8:0:1::1'))).status).toBe(404)
  })

  test('are counted for the address that our proxy saw, not for one that a client names', async () => {
    const { ask } = await startApi({ door: doorWith({ perAddress: FEW }, 1) })
    let at = 0
    const asking = () => ask(READ, from(`198.51.100.${(at += 1)}, 203.0.113.7`))
    expect(await statuses(4, asking)).toEqual([404, 404, 404, 429])
  })

  test('are not hidden by a header where there is no proxy', async () => {
    const { ask } = await startApi({ door: doorWith({ perAddress: FEW }) })
    let at = 0
    expect(await statuses(4, () => ask(READ, from(`198.51.100.${(at += 1)}`)))).toEqual([404, 404, 404, 429])
  })

  test('of everybody together are refused', async () => {
    const { ask } = await startApi({ door: doorWith({ perProcess: FEW }, 1) })
    let at = 0
    expect(await statuses(4, () => ask(READ, from(`198.51.100.${(at += 1)}`)))).toEqual([404, 404, 404, 429])
  })

  test('from one address take nothing of what everybody shares once they are refused', async () => {
    const { ask } = await startApi({ door: doorWith({ perAddress: FEW, perProcess: 2 * FEW }, 1) })
    expect(await statuses(50, () => ask(READ, from('198.51.100.1')))).toContain(429)
    expect(await statuses(3, () => ask(READ, from('198.51.100.2')))).toEqual([404, 404, 404])
  })

  test('are not made by what watches the process', async () => {
    const { asNobody } = await startApi({ door: doorWith({ perAddress: FEW, perProcess: FEW }) })
    for (const path of ['/healthz', '/readyz'])
      expect(await statuses(5, () => asNobody(path))).toEqual([200, 200, 200, 200, 200])
  })

  test('of one operator are refused, too', async () => {
    const { ask } = await startOperator({ door: doorWith({ perUser: FEW }) })
    const asking = () => ask('/v1/operator/overview')
    expect(await statuses(4, asking)).toEqual([200, 200, 200, 429])
    expect((await asking()).headers.get('retry-after')).toMatch(/^[1-6]$/)
  })
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
  ['2001:DB8:00:0a::', '2001:db8:0:a::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['1::', '1:0:0:0::/64'],
  ['', ''],
])('the address %s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
