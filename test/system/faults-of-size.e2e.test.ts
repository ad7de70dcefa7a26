import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import type { Order, Taken } from './support-e2e/appetite-main.ts'
import { startProcess } from './support-e2e/processes.ts'

/* F30 of the catalogue: what an answer beyond all measure takes of a process's memory. */

const BANK = 'SBXBANK001'
const MOST_MB = 50
// Until the machine's code is compiled and the heap has its size.
const WARM_UPS = 6

let sandbox: Awaited<ReturnType<typeof startProcess>>
let url: string
let reader: ChildProcess
let order: Order

const control = async (path: string, body: object) => {
  const answer = await fetch(`${url}/_sandbox${path}`, { method: 'POST', body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json()
}

async function read(isKnown = false): Promise<Taken> {
  const answered = once(reader, 'message')
  reader.send({ ...order, isKnown } satisfies Order)
  const [taken] = (await answered) as [Taken]
  return taken
}

beforeAll(async () => {
  sandbox = await startProcess('sandbox/main.ts', '"ready"', {}, '--institutions', '1', '--seed', 'size')
  url = (JSON.parse(sandbox.lines.find((line) => line.includes('"ready"'))!) as { url: string }).url
  const [tokens] = (await control('/consents', { person: 'minji', institutionIds: [BANK] })) as Order[]
  const { accessToken, scope } = tokens!
  order = { institutionId: BANK, baseUrl: `${url}/${BANK}`, accessToken, scope, isKnown: false }
  const main = fileURLToPath(new URL('support-e2e/appetite-main.ts', import.meta.url))
  reader = fork(main, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  for (let round = 0; round < WARM_UPS; round += 1) expect((await read()).ended).toBe('whole')
})
beforeEach(() => control('/behaviour/reset', {}))
afterAll(async () => {
  reader.kill()
  await sandbox.kill()
})

test.each([
  ['huge', 'bank-001', false, 'UnexpectedResponse'],
  ['huge', 'bank-004', false, 'gap: UnexpectedResponse'],
  ['bomb', 'bank-001', false, 'UnexpectedResponse'],
  ['bomb', 'bank-004', false, 'gap: UnexpectedResponse'],
  ['million-rows', 'bank-001', false, 'UnexpectedResponse'],
  ['million-rows', 'bank-004', false, 'gap: UnexpectedResponse'],
  // Nothing has changed, and so the rows have nothing in them: a million of them are three megabytes.
  ['million-rows', 'bank-001', true, 'UnexpectedResponse'],
  ['nested', 'bank-001', false, 'UnexpectedResponse'],
  ['nested', 'bank-004', false, 'gap: UnexpectedResponse'],
  ['endless-pages', 'bank-004', false, 'gap: UnexpectedResponse'],
])(
  `%s (%s, known before: %s) ends as it must, in less than ${MOST_MB} MB`,
  async (mangle, api, isKnown, ended) => {
    await control('/behaviour', { institutionId: BANK, api, mangle })
    const taken = await read(isKnown)
    expect(taken.ended).toBe(ended)
    expect(taken.grownMb).toBeLessThan(MOST_MB)
  },
)

test('after all of them the process reads as before', async () => {
  expect((await read()).ended).toBe('whole')
})
