import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { Worker } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { inject, describe, expect, test } from 'vitest'

/** Runs of this version as they were recorded, and a careless change that each must find. */
const HISTORIES = {
  success: ['classifySnapshot', 'analyseSnapshot'],
  incomplete: ['cutSnapshot', 'parkOrContinue'],
  cancelled: ['closeRefresh', 'beginRefresh'],
  patience: ['classifySnapshot', 'publishSnapshot'],
  parked: ['obeyOrder', 'parkOrContinue'],
  excused: ['obeyOrder', 'publishSnapshot'],
  deadline: ['settleReading', 'parkOrContinue'],
  turn: ['beginRefresh', 'cutSnapshot'],
  breaker: ['settleReading', 'cutSnapshot'],
  long: ['beginRefresh', 'parkOrContinue'],
  continued: ['beginRefresh', 'parkOrContinue'],
  'mid-flight': ['beginRefresh', 'parkOrContinue'],
  revoked: ['deleteRevoked', 'showRemainder'],
  'revoked-while-parked': ['beginRevocation', 'writeReceipt'],
  'revoked-late': ['tellInstitution', 'showRemainder'],
  unconfirmed: ['giveUpTelling', 'writeReceipt'],
} as const
const NAMES = Object.keys(HISTORIES) as (keyof typeof HISTORIES)[]

type Recorded = { events: { eventType: string; [attributes: string]: unknown }[] }

const recorded = async (name: string): Promise<Recorded> => {
  const path = fileURLToPath(new URL(`../histories/${name}.json`, import.meta.url))
  return JSON.parse(await readFile(path, 'utf8')) as Recorded
}

describe.each(NAMES)('a recorded run: %s', (name) => {
  test('is understood by the workflows as they are now', async () => {
    await Worker.runReplayHistory(
      { workflowBundle: { codePath: inject('bundlePath') } },
      await recorded(name),
    )
  })

  test('is refused by workflows whose steps come in another order', async () => {
    const code = swapped(await readFile(inject('bundlePath'), 'utf8'), HISTORIES[name])
    const replayed = Worker.runReplayHistory({ workflowBundle: { code } }, await recorded(name))
    await expect(replayed).rejects.toThrow(DeterminismViolationError)
  })

  test('carries what a replay needs to see a changed step, and nothing of anybody or any machine', async () => {
    const { events } = await recorded(name)
    const first = events.find(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED')
    expect(first).toMatchObject({
      workflowTaskCompletedEventAttributes: {
        sdkMetadata: { coreUsedFlags: expect.arrayContaining([1, 2, 3]) },
      },
    })
    const text = JSON.stringify(events)
    expect(text.length).toBeLessThan(250_000)
    expect(text).not.toMatch(/"stackTrace":"[^"]|"identity":"(?!recorded)|\/work\/|\/home\/|\/tmp\//)
  })
})

test('the recorded runs ended in every way their names say', async () => {
  const endings = await Promise.all(
    NAMES.map(async (name) => (await recorded(name)).events.at(-1)!.eventType),
  )
  expect(Object.fromEntries(NAMES.map((name, i) => [name, endings[i]!.replace('EVENT_TYPE_', '')]))).toEqual({
    success: 'WORKFLOW_EXECUTION_COMPLETED',
    incomplete: 'WORKFLOW_EXECUTION_FAILED',
    cancelled: 'WORKFLOW_EXECUTION_CANCELED',
    patience: 'WORKFLOW_EXECUTION_COMPLETED',
    parked: 'WORKFLOW_EXECUTION_COMPLETED',
    excused: 'WORKFLOW_EXECUTION_COMPLETED',
    deadline: 'WORKFLOW_EXECUTION_FAILED',
    turn: 'WORKFLOW_EXECUTION_COMPLETED',
    breaker: 'WORKFLOW_EXECUTION_COMPLETED',
    long: 'WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
    continued: 'WORKFLOW_EXECUTION_COMPLETED',
    'mid-flight': expect.not.stringContaining('WORKFLOW_EXECUTION_'),
    revoked: 'WORKFLOW_EXECUTION_COMPLETED',
    'revoked-while-parked': 'WORKFLOW_EXECUTION_COMPLETED',
    'revoked-late': 'WORKFLOW_EXECUTION_COMPLETED',
    unconfirmed: 'WORKFLOW_EXECUTION_COMPLETED',
  })
})

/** Calls of one step made into calls of the other, and the other way round. */
function swapped(code: string, [one, other]: readonly [string, string]): string {
  const changed = code.replaceAll(new RegExp(`\\.(${one}|${other})\\(`, 'g'), (_, step: string) =>
    step === one ? `.${other}(` : `.${one}(`,
  )
  if (changed === code) throw new Error(`the bundle calls neither ${one} nor ${other}`)
  return changed
}
