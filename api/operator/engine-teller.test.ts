import { expect, test, vi } from 'vitest'

import { createLog } from '../../log.ts'
import { createEngineTeller } from './engine-teller.ts'

const refresh = { userKey: 'user-key', refreshNo: 12 }

function makeTeller(said: () => Promise<void>) {
  const runs = { hint: vi.fn(said), cancel: vi.fn(said) }
  const log = createLog('operator', 'silent')
  const warn = vi.spyOn(log, 'warn')
  return { runs, warn, ...createEngineTeller({ runs, log }) }
}

test('a run is cancelled when its refresh was, and told of every other order', async () => {
  const { runs, tell, settled } = makeTeller(async () => {})
  tell('resume', refresh)
  tell('excuse', refresh)
  expect(runs.hint.mock.calls).toEqual([[refresh], [refresh]])
  expect(runs.cancel).not.toHaveBeenCalled()
  tell('cancel', refresh)
  expect(runs.cancel.mock.calls).toEqual([[refresh]])
  await settled()
})

test('an engine that is away is written down, by name alone, and fails nobody', async () => {
  const { warn, tell, settled } = makeTeller(() => Promise.reject(new TypeError('secret-palimpsest')))
  tell('cancel', refresh)
  await settled()
  expect(warn).toHaveBeenCalledOnce()
  expect(JSON.stringify(warn.mock.calls)).toContain('TypeError')
  expect(JSON.stringify(warn.mock.calls)).not.toContain('palimpsest')
})

test('while the engine hangs no more than two hundred wait for it; the rest is left to the caretaker', () => {
  const { runs, warn, tell } = makeTeller(() => new Promise(() => {}))
  for (let no = 0; no < 250; no += 1) tell('resume', refresh)
  expect(runs.hint).toHaveBeenCalledTimes(200)
  expect(warn).toHaveBeenCalledTimes(50)
})
