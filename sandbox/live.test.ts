import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout } from 'node:timers/promises'

import { afterEach, beforeEach, expect, test } from 'vitest'

import type { LiveCall } from './live.ts'
import { type Sandbox, startSandbox } from './server.ts'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox({ today: '2026-11-22', seed: 'live', institutions: 2 })
})
afterEach(() => sandbox.close())

type State = { profile: { name: string }; institutions: { institutionId: string; inForce: string[] }[] }
type Event = { event: 'state'; data: State } | { event: 'calls'; data: LiveCall[] }

/** Reads events until the function finds what it looks for. */
async function listen(
  found: (events: Event[]) => boolean,
  act: () => unknown = () => undefined,
): Promise<Event[]> {
  const ending = new AbortController()
  const response = await fetch(`${sandbox.url}/_sandbox/calls/stream`, { signal: ending.signal })
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/event-stream; charset=UTF-8',
  ])
  const events: Event[] = []
  let text = ''
  let hasActed = false
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const parts = text.split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts) {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? []
      events.push(
        event === 'calls' ? { event, data: JSON.parse(data) } : { event: 'state', data: JSON.parse(data) },
      )
    }
    if (!hasActed) await act()
    hasActed = true
    if (found(events)) break
  }
  ending.abort()
  return events
}

const called = () => fetch(`${sandbox.url}/SBXBANK001/v2/bank/apis`).then((reply) => reply.text())
const statesOf = (events: Event[]) => events.flatMap((told) => (told.event === 'state' ? [told.data] : []))
const callsOf = (events: Event[]) => events.flatMap((told) => (told.event === 'calls' ? told.data : []))

test('a watcher hears how things stand, then of each call when it comes and when it has ended', async () => {
  sandbox.control.addRule({ id: 'late', institutionId: 'SBXBANK001', latencyMs: 3_000, mangle: 'html' })
  let asked: Promise<string> | undefined
  const events = await listen(
    (all) => callsOf(all).some(({ endedAt }) => endedAt !== null),
    () => {
      asked = called()
    },
  )
  await asked
  expect(statesOf(events)[0]).toMatchObject({
    profile: { name: 'calm' },
    institutions: [
      { institutionId: 'SBXBANK001', inForce: ['late'] },
      { institutionId: 'SBXBANK002', inForce: [] },
    ],
  })
  const [begun, ended] = callsOf(events)
  expect(begun).toMatchObject({ institutionId: 'SBXBANK001', endedAt: null, rule: 'late', fault: 'html' })
  expect(ended).toMatchObject({ no: begun?.no, status: 400 })
  expect(Object.keys(ended ?? {})).not.toContain('tranId')
})

test('a watcher hears of rules and profiles that change, and of nothing that does not', async () => {
  const events = await listen(
    (all) => statesOf(all).at(-1)?.profile.name === 'storm',
    // Three beats of nothing new.
    async () => {
      await setTimeout(800)
      sandbox.control.playProfile('storm')
    },
  )
  expect(statesOf(events).map(({ profile }) => profile.name)).toEqual(['calm', 'storm'])
})

test('who comes later hears of the last minute, and watchers are limited', async () => {
  await called()
  expect(callsOf(await listen((all) => callsOf(all).length > 0))).toHaveLength(1)
  const ending = new AbortController()
  const status = async (signal: AbortSignal) =>
    (await fetch(`${sandbox.url}/_sandbox/calls/stream`, { signal })).status
  const statuses: number[] = []
  while (!statuses.includes(503) && statuses.length < 30) statuses.push(await status(ending.signal))
  // The watcher above may still have been leaving.
  expect(statuses.indexOf(503)).toBeGreaterThanOrEqual(15)
  ending.abort()
  const again = new AbortController()
  await expect.poll(() => status(again.signal), { timeout: 5000 }).toBe(200)
  again.abort()
})

test('the page is made of its own files, and lets nothing in from elsewhere', async () => {
  const place = `${sandbox.url}/_sandbox/`
  const page = await fetch(place)
  const text = await page.text()
  expect(page.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self'/,
  )
  expect(text).not.toMatch(/https?:|<script>|<style|style=|\son\w+=/)
  const files = readdirSync(new URL('page', import.meta.url)).filter((name) => !/index|test/.test(name))
  for (const name of files) {
    const file = await fetch(`${place}page/${name}`)
    const said = await file.text()
    expect([name, file.status, /innerHTML|https?:\/\/(?!www\.w3\.org)/.test(said)]).toEqual([
      name,
      200,
      false,
    ])
  }
  expect((await fetch(`${place}page/strip.test.ts`)).status).toBe(404)
  expect((await fetch(`${place}page/..%2fmain.ts`)).status).toBe(404)
  expect((await fetch(place.slice(0, -1))).url).toBe(place)
})

test('a page from elsewhere may not use the control', async () => {
  const asking = (origin: string) =>
    new Promise<number | undefined>((resolve) => {
      const asked = request(`${sandbox.url}/_sandbox/behaviour/reset`, {
        method: 'POST',
        headers: { origin },
      })
      asked.once('response', (response) => resolve(response.resume().statusCode)).end('{}')
    })
  expect(await asking(sandbox.url)).toBe(200)
  for (const origin of ['https://elsewhere.example', 'null']) expect(await asking(origin)).toBe(403)
})
