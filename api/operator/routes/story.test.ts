import { expect, test, vi } from 'vitest'

import { storyAnswer } from '../answers.ts'
import { startOperator } from '../make-operator.ts'
import { at, makeAttempt, makePlanRow, makeStory } from '../story/make-story.ts'
import { createTraceLinks } from '../trace.ts'

const PATH = '/v1/operator/refreshes/user-key/12'

const told = makeStory({
  plan: [makePlanRow({ state: 'failed', failure: 'RateLimited', nextTryAt: at(600) })],
  attempts: [makeAttempt({ outcome: 'failed', failure: 'RateLimited', rows: 0 })],
  snapshots: [
    {
      snapshotNo: 4,
      cutNo: 1,
      status: 'partial',
      cutAt: at(3),
      publishedAt: at(4),
      lacking: [
        { institutionId: 'BANK000001', state: 'absent', reason: 'RateLimited', isRequired: true, asOf: null },
      ],
    },
  ],
})

test('a refresh is told with its trace, its institutions, and what happened and is to come', async () => {
  const { ask } = await startOperator({ story: { of: async () => told } })
  const answer = storyAnswer.parse(await (await ask(PATH)).json())
  expect(answer.refresh).toMatchObject({ state: 'running', trace: 'https://ui.example/refresh/user-key/12' })
  expect(answer.institutions).toMatchObject([
    { failure: 'RateLimited', blame: expect.stringMatching(/at fault/) },
  ])
  expect(answer.timeline.map(({ kind, isAhead }) => [kind, isAhead])).toEqual([
    ['opened', false],
    ['begun', false],
    ['attempt', false],
    ['wait', false],
    ['published', false],
    ['deadline', true],
  ])
  expect(answer.timeline.every(({ words }) => words.length > 5)).toBe(true)
})

test('the same as text, for a terminal', async () => {
  const { ask } = await startOperator({ story: { of: async () => told } })
  const answer = await ask(`${PATH}?format=text`)
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(await answer.text()).toMatch(/^refresh 12 of user-key: running\n/)
})

test.each(['user-key/0', 'user-key/4294967296', 'user-key/x', '%20/1', '%00/1', `${'k'.repeat(65)}/1`])(
  '%s is looked for nowhere and found nowhere',
  async (path) => {
    const of = vi.fn(async () => told)
    const { ask } = await startOperator({ story: { of } })
    expect((await ask(`/v1/operator/refreshes/${path}`)).status).toBe(404)
    expect(of).not.toHaveBeenCalled()
  },
)

test('a trace is linked where a Web UI is known, by the run that is meant', () => {
  const run = { workflowId: 'refresh/user-key/12', runId: 'run-1' }
  expect(createTraceLinks(null, 'default')(run)).toBeNull()
  expect(createTraceLinks('http://ui:8233/', 'moa prod')(run)).toBe(
    'http://ui:8233/namespaces/moa%20prod/workflows/refresh%2Fuser-key%2F12/run-1/history',
  )
  expect(createTraceLinks('http://ui:8233', 'default')({ ...run, runId: null })).toBe(
    'http://ui:8233/namespaces/default/workflows/refresh%2Fuser-key%2F12',
  )
})
