import { BREAKER_RULES } from '../../domain/breaker.ts'
import {
  when,
  isIn,
  groupsOf,
  readingsOf,
  openingsOf,
  lastAt,
  endOf,
  freshBy,
  isCut,
  said,
  periodsOpen,
  openedIn,
  probesWithin,
  retriesBeyond,
} from './judging.ts'
import type { Played } from './play-fleet.ts'
import { CACHE_MS } from './rows.ts'
import { CAST, CUT, LONE_CUT, MINUTE, nameOf, OUTAGE, SECOND } from './scenario.ts'

/** What must hold of every fleet that was played; each answers what does not. */
export const PROMISES: Readonly<Record<string, (played: Played) => string[]>> = {
  'an institution that is kept out is called by one probe at a time, and by nobody else': (played) =>
    periodsOpen(played).flatMap(({ institutionId, from, until }) => {
      const begun = readingsOf(played, institutionId).filter(({ begunAt }) => isIn(begunAt, { from, until }))
      const others = begun.filter(({ probe, begunAt }) => probe === null && begunAt >= from + CACHE_MS)
      const probes = begun.filter(({ probe }) => probe !== null)
      const doubled = probes.filter((probe, i) => i > 0 && probe.begunAt < endOf(probes[i - 1]!))
      return [...others, ...doubled].map((reading) => `${said(reading)} while open since ${when(from)}`)
    }),

  'one that is down costs five calls, those in flight, and one probe for each wait': (played) =>
    played.scenario.institutions.flatMap(({ id, concurrency, spells }, n) => {
      if (CAST.flapping.includes(n)) return []
      return spells.flatMap((spell) => {
        const begun = readingsOf(played, id).filter(
          (reading) => isIn(reading.begunAt, spell) && !isCut(reading),
        )
        const probes = begun.filter(({ probe, endedAt }) => probe !== null && endedAt !== null)
        const most = probesWithin(Math.min(spell.until, lastAt(played)) - spell.from)
        const others = begun.length - begun.filter(({ probe }) => probe !== null).length
        const openings = openingsOf(played, id).filter(({ at }) => isIn(at, spell)).length
        const mostOthers = Math.max(1, openings) * (BREAKER_RULES.mostMisses + 2 * concurrency)
        return [
          ...(probes.length > most ? [`${id}: ${probes.length} probes, at most ${most}`] : []),
          ...(others > mostOthers ? [`${id}: ${others} other readings, at most ${mostOthers}`] : []),
          ...(openings > 0 ? [] : [`${id}: never opened`]),
        ]
      })
    }),

  'nobody is given more than it bears, nobody is woken without room, and no schedule before people': ({
    record,
  }) => [
    ...record.falls.map(
      ({ institutionId, at, readings }) => `${institutionId} fell at ${when(at)} under ${readings}`,
    ),
    ...record.wakes
      .filter(({ woken, free, unfair }) => woken > free || unfair)
      .map(
        ({ institutionId, at, woken, free }) =>
          `${institutionId} at ${when(at)}: woke ${woken}, free ${free}`,
      ),
  ],

  'every refresh ends, whole unless what it lacks never came back, and until then says why it waits and until when':
    ({ record, refreshes, scenario }) => {
      const lacksForEver = (userId: number) => scenario.users[userId]!.includes(nameOf(CAST.forEver))
      return [
        ...record.stuck,
        ...[...refreshes.open.keys()].map((userId) => `the refresh of ${userId} never ends`),
        ...record.refreshes
          .filter(({ outcome, userId }) => outcome === 'incomplete' && !lacksForEver(userId))
          .map(({ userId, openedAt }) => `the refresh of ${userId} at ${when(openedAt)} ended incomplete`),
      ]
    },

  'what was down is let in again, and fresh before twice the outage has passed since its end': ({
    record,
    rows,
  }) => [
    ...[...rows.breakers]
      .filter(([institutionId, { state }]) => state !== 'closed' && institutionId !== nameOf(CAST.forEver))
      .map(([institutionId, { state }]) => `${institutionId} answers, and is ${state} to the end`),
    ...record.asked
      .filter(({ institutionId, at, settledAt }) => {
        const wasDown = CAST.down.map(nameOf).includes(institutionId)
        return wasDown && at < OUTAGE.until && (settledAt ?? Infinity) > freshBy(OUTAGE)
      })
      .map(({ institutionId, userId, at, settledAt }) => {
        return `${userId} lacked ${institutionId} from ${when(at)} to ${when(settledAt ?? Infinity)}`
      }),
  ],

  'what opens because nobody is reached closes within a quarter of a minute; because one worker reaches nobody, within two':
    (played) =>
      [
        ...openedIn(played, CUT).filter(
          ({ from, until, cause }) => cause !== 'our_network' || until > from + 15 * SECOND,
        ),
        ...openedIn(played, LONE_CUT).filter(({ from, until }) => until > from + 2 * MINUTE),
      ].map(({ institutionId, from, until }) => `${institutionId} open from ${when(from)} to ${when(until)}`),

  'people whose tokens are refused open no breaker': (played) =>
    periodsOpen(played)
      .filter(
        ({ institutionId, from }) => institutionId === nameOf(CAST.refusing) && !isCut({ begunAt: from }),
      )
      .map(({ from }) => `opened at ${when(from)}`),

  'quick retries stay within a tenth of first tries, what was saved up, and the floor': ({ record }) =>
    [...groupsOf(record.readings)].flatMap(([institutionId, readings]) =>
      retriesBeyond(institutionId, readings),
    ),
}
