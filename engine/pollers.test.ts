import { expect, test } from 'vitest'

import { asksForWork } from './pollers.ts'

const NOW = new Date('2026-03-01T09:00:00Z')
const asked = (identity: string, secondsAgo: number) => ({
  identity,
  askedAt: new Date(NOW.getTime() - secondsAgo * 1_000),
})

test.each([
  ['one on this host, a minute ago', [asked('7@here', 60)], true],
  ['one among others', [asked('7@there', 1), asked('8@here', 1)], true],
  ['one on this host, too long ago', [asked('7@here', 121)], false],
  ['one on another host', [asked('7@there', 1), asked('7@nothere', 1)], false],
  ['nobody', [], false],
])('who asks for work: %s', (_, pollers, isAsking) => {
  expect(asksForWork(pollers, 'here', NOW)).toBe(isAsking)
})
