import { refreshWorkflowId } from '../../workflows/contract.ts'
import { type RefreshAnswer } from './api-answers.ts'
import { type ApiClient } from './api-client.ts'
import { followRefresh, isResting } from './follow-refresh.ts'
import { type Result, resultOf } from './result.ts'
import { type Screen } from './screen.ts'
import {
  allLandedLine,
  askedLine,
  endLines,
  landedLine,
  parkedLines,
  publishedLine,
  resultLines,
  waitingText,
  widestOf,
} from './story.ts'
import { createRefreshTelling } from './tell-refresh.ts'

export type GatherOptions = {
  api: ApiClient
  screen: Screen
  person: string
  userKey: string
  /** Whether the person has consented just now, which opens a refresh already. */
  isNew: boolean
  webUi: string
}

/** Asks for everything the person has, shows how it comes in until that is over or parked, and answers what it was. */
export async function gather({ api, screen, person, userKey, isNew, webUi }: GatherOptions) {
  const startedAt = Date.now()
  const answer = await api.raise('assets.refresh_requested')
  if (!('refresh' in answer))
    throw new Error(`the API did not begin a refresh for ${person}: it answered ${answer.outcome}`)
  const { outcome, refresh } = answer
  const run = runUrl(webUi, userKey, refresh.refreshNo)
  screen.say(
    '',
    askedLine(refresh.refreshNo, isNew ? 'first' : outcome === 'joined' ? 'joined' : 'again', person),
  )
  const heard = onScreen(screen)
  const last = await follow(api, screen, refresh.refreshNo, run, heard)
  const ms = Date.now() - startedAt
  const snapshot = await api.snapshot()
  const result: Result = resultOf(last, snapshot, snapshot ? await api.transactionCounts() : new Map())
  screen.say('', ...endLines(result, ms))
  if (snapshot) screen.say('', ...resultLines(result))
  return { result, run, ms, heard }
}

/** A refresh as lines, each when it is new, and on a terminal what is waited for below them. */
export const onScreen = (screen: Screen): ((refresh: RefreshAnswer) => void) =>
  createRefreshTelling({
    landed: (reading, all) => screen.say(landedLine(reading, widestOf(all.map(({ name }) => name)))),
    allLanded: (readings) => screen.say(allLandedLine(readings)),
    published: ({ snapshotNo }) => screen.say(publishedLine(snapshotNo)),
    parked: (readings) => screen.say(...parkedLines(readings)),
    waiting: (readings) => screen.waiting(waitingText(readings)),
  })

async function follow(
  api: ApiClient,
  screen: Screen,
  refreshNo: number,
  run: string,
  heard: (refresh: RefreshAnswer) => void,
) {
  try {
    return await followRefresh(api, refreshNo, heard, { isEnough: isResting })
  } catch (error) {
    const message = error instanceof Error ? error.message : 'the refresh could not be followed'
    throw new Error(`${message}: look at its run, ${run}, and at what the worker says`, { cause: error })
  } finally {
    screen.waiting('')
  }
}

const runUrl = (webUi: string, userKey: string, refreshNo: number): string =>
  `${webUi}/namespaces/default/workflows/${encodeURIComponent(refreshWorkflowId({ userKey, refreshNo }))}`
