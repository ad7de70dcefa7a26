import { setTimeout as delay } from 'node:timers/promises'

import { type RefreshAnswer } from './api-answers.ts'
import { type ApiClient } from './api-client.ts'
import { followRefresh } from './follow-refresh.ts'
import { onScreen } from './gather.ts'
import { type Screen } from './screen.ts'
import { laterEndLine, laterLine } from './story.ts'

/** A refresh ends a day after it was opened at the latest. */
const WHOLE_MS = 25 * 3_600_000
/** The API is started again within seconds; once the token is over it answers nothing any more. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

export type KeepShowingOptions = {
  api: Pick<ApiClient, 'newest' | 'states' | 'refresh'>
  screen: Screen
  /** What has been shown already: its rest is shown too, if it is open, by whoever heard of it so far. */
  shown: { refreshNo: number; isOpen: boolean; heard: (refresh: RefreshAnswer) => void }
  signal: AbortSignal
}

/** Shows what is left of a refresh, and every later one as it happens, whoever asked for it, until told to stop. */
export async function keepShowing({ api, screen, shown, signal }: KeepShowingOptions): Promise<void> {
  let newestShown = shown.refreshNo
  if (shown.isOpen) await show(shown.refreshNo, shown.heard)
  let pauseMs = FIRST_PAUSE_MS
  while (!signal.aborted) {
    // The API may be away for a while, and a stream ends once an hour: both are no matter here.
    await showNewer().catch(() => {})
    await delay(pauseMs, undefined, { signal }).catch(() => {})
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
  }

  async function showNewer(): Promise<void> {
    for await (const refreshNo of api.newest(signal)) {
      pauseMs = FIRST_PAUSE_MS
      if (refreshNo <= newestShown) continue
      newestShown = refreshNo
      screen.say('', laterLine(refreshNo))
      await show(refreshNo, onScreen(screen))
    }
  }

  async function show(refreshNo: number, heard: (refresh: RefreshAnswer) => void): Promise<void> {
    const startedAt = Date.now()
    const last = await followRefresh(api, refreshNo, heard, { wholeMs: WHOLE_MS, signal }).catch(() => null)
    screen.waiting('')
    if (last) screen.say(laterEndLine(last, Date.now() - startedAt))
  }
}
