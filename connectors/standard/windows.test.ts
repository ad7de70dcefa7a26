import { expect, test } from 'vitest'

import { APPROVALS_READ_AGAIN_DAYS, monthsToRead, windowToRead } from './windows.ts'

const visit = { today: '2026-11-22', historyMonths: 12, apiType: 'user-refresh' } as const

test('reads twelve months at first, both ends counted', () => {
  expect(windowToRead(null, '31 days', visit)).toEqual({ from: '2025-11-23', to: '2026-11-22' })
})

test('reads the last week again, since bookings are posted late', () => {
  expect(windowToRead('2026-11-20', '31 days', visit)).toEqual({ from: '2026-11-13', to: '2026-11-22' })
})

test('asks for no more than twelve months, however much is wished or was missed', () => {
  expect(windowToRead(null, '31 days', { ...visit, historyMonths: 90 }).from).toBe('2025-11-23')
  expect(windowToRead('2023-01-01', '31 days', visit).from).toBe('2025-11-23')
})

test('searches back five years and no further', () => {
  const search = { ...visit, apiType: 'user-search' } as const
  expect(windowToRead(null, '31 days', { ...search, historyMonths: 90 }).from).toBe('2021-11-23')
})

test('never ends before it begins', () => {
  expect(windowToRead('2027-01-10', '31 days', visit)).toEqual({ from: '2026-11-22', to: '2026-11-22' })
})

test('goes on from where a scheduled call ended, one allowed span a week, without a hole', () => {
  const scheduled = { ...visit, apiType: 'scheduled' } as const
  expect(windowToRead('2026-11-15', '31 days', scheduled)).toEqual({ from: '2026-11-08', to: '2026-11-22' })
  expect(windowToRead('2026-08-08', '31 days', scheduled)).toEqual({ from: '2026-08-01', to: '2026-08-31' })
  expect(windowToRead('2026-07-08', '3 months', scheduled)).toEqual({ from: '2026-07-01', to: '2026-09-30' })
  expect(windowToRead(null, '31 days', scheduled)).toEqual({ from: '2026-10-23', to: '2026-11-22' })
  expect(windowToRead(null, '3 months', scheduled)).toEqual({ from: '2026-08-23', to: '2026-11-22' })
})

test('reads three months of approvals again, or as much as a scheduled span has room for once it has caught up', () => {
  const approvals = (readUntil: string, apiType: 'user-refresh' | 'scheduled') =>
    windowToRead(readUntil, '31 days', { ...visit, apiType }, APPROVALS_READ_AGAIN_DAYS)
  expect(approvals('2026-11-20', 'user-refresh')).toEqual({ from: '2026-08-20', to: '2026-11-22' })
  expect(approvals('2026-11-15', 'scheduled')).toEqual({ from: '2026-10-23', to: '2026-11-22' })
  expect(approvals('2026-10-20', 'scheduled')).toEqual({ from: '2026-10-13', to: '2026-11-12' })
})

test('reads bills by months: twelve at first, then this month and the two before the last reading', () => {
  expect(monthsToRead(null, visit)).toEqual({ from: '2025-12-01', to: '2026-11-22' })
  expect(monthsToRead(null, { ...visit, historyMonths: 90 }).from).toBe('2025-12-01')
  expect(monthsToRead('2026-11-20', visit)).toEqual({ from: '2026-09-01', to: '2026-11-22' })
  expect(monthsToRead('2026-06-30', visit)).toEqual({ from: '2026-04-01', to: '2026-11-22' })
})

test('catches up with three months of bills a scheduled call, without a hole', () => {
  const scheduled = { ...visit, apiType: 'scheduled' } as const
  expect(monthsToRead(null, scheduled)).toEqual({ from: '2026-09-01', to: '2026-11-22' })
  expect(monthsToRead('2026-10-31', scheduled)).toEqual({ from: '2026-09-01', to: '2026-11-22' })
  expect(monthsToRead('2026-04-20', scheduled)).toEqual({ from: '2026-04-01', to: '2026-06-30' })
})
