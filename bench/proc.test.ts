import { describe, expect, test } from 'vitest'

import { cpuMs, parseMachine, parseProportional, parseResident, parseStat } from './proc.ts'

const line = (pid: number, parent: number, ticks: [number, number, number, number], name = 'node') =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194304 100 0 0 0 ${ticks.join(' ')} 20 0 11 0 7 0 0\n`

describe('/proc/<pid>/stat', () => {
  test('tells user and system time, and that of ended children', () => {
    expect(parseStat(line(12, 3, [5, 6, 7, 8]))).toEqual({ pid: 12, parent: 3, own: 11, reapedChildren: 15 })
  })

  test('is read past a name with spaces and brackets', () => {
    expect(parseStat(line(12, 3, [5, 6, 7, 8], 'a) S 9 (b')).parent).toBe(3)
  })

  test('is refused when it is something else', () => {
    expect(() => parseStat('no such process')).toThrow(RangeError)
    expect(() => parseStat('12 (node) S 3')).toThrow(RangeError)
  })
})

describe('the CPU of a process', () => {
  const all = [
    line(1, 0, [1, 1, 2, 0]),
    line(2, 1, [3, 0, 0, 0]),
    line(3, 2, [50, 0, 0, 0]),
    line(4, 9, [70, 0, 0, 0]),
  ].map(parseStat)

  test('is its own, and that of its children alive and ended', () => {
    expect(cpuMs(1, all)).toBe(70)
  })

  test('is unknown, not nought, when there is no such process', () => {
    expect(cpuMs(99, all)).toBeNull()
  })
})

test('a machine that idles or waits for a disk is not busy', () => {
  expect(parseMachine('cpu  10 1 20 9000 500 3 4 0 0 0\ncpu0 1 1 1 1\n')).toBe(38)
})

test('what a process holds is the resident set, and unknown where it is not told', () => {
  expect(parseResident('Name:\tnode\nVmPeak:\t 900 kB\nVmRSS:\t  81234 kB\nThreads:\t11\n')).toBe(81_234)
  expect(parseResident('Name:\tkthreadd\nThreads:\t1\n')).toBeNull()
})

test('what processes share is counted by its shares, and unknown where it is not told', () => {
  expect(parseProportional('Rss:    9000 kB\nPss:       1234 kB\nPss_Anon:  1000 kB\n')).toBe(1_234)
  expect(parseProportional('Rss:    9000 kB\n')).toBeNull()
})
