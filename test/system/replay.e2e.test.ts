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
    expect(text.length).toBeLessThan(100_000)
    expect(text).not.toMatch(/"stackTrace":"[^"]|"identity":"(?!recorded)|\/work\/|\/home\/|\/tmp\//)
  })
})

test('the recorded runs ended in every way their names say', async () => {
  const endings = await Promise.all(
    NAMES.map(async (name) => (await recorded(name)).events.at(-1)!.eventType),
  )
  expect(endings).toEqual([
    'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED',
    'EVENT_TYPE_WORKFLOW_EXECUTION_FAILED',
    'EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED',
    'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED',
  ])
})

/** Calls of one step made into calls of the other, and the other way round. */
function swapped(code: string, [one, other]: readonly [string, string]): string {
  const changed = code.replaceAll(new RegExp(`\\.(${one}|${other})\\(`, 'g'), (_, step: string) =>
    step === one ? `.${other}(` : `.${one}(`,
  )
  if (changed === code) throw new Error(`the bundle calls neither ${one} nor ${other}`)
  return changed
}
