import { describeFaults } from './support-e2e/fault-table.ts'
import {
  believed,
  consentOver,
  gaps,
  type PlayedFault,
  type Rule,
  unexpected,
  whole,
} from './support-e2e/faults.ts'

/*
 * F27, F28, F30 to F33, F36 and F39 of the catalogue: what an institution says. Beside it stand faults-of-connections (F23 to
 * F26, F29, F38, F40), faults-of-doors (F23 and F37, over TLS), faults-of-crowds (F26, F34, F35, F41 and F42 with ten people
 * at once) and faults-of-size (F30: memory). Shown elsewhere at this level: a worker that dies with a new token in its hands
 * (F35, K11) in tokens.e2e; any mixture of faults at ten institutions in failing-subsets.e2e.
 */

const LIST = 'bank-001'
const BALANCES = 'bank-003'
const BOOKINGS = 'bank-004'
// The cap of pages, for each account: some of them are asked side by side.
const MOST_PAGES = 450

type Mangle = NonNullable<Rule['mangle']>
const spoilt = (
  api: string,
  mangle: Mangle,
  ends: PlayedFault['ends'],
  more: Partial<PlayedFault> = {},
): PlayedFault => ({ name: `${mangle} (${api})`, rule: { api, mangle }, ends, ...more })

const FAULTS: readonly PlayedFault[] = [
  // F27: what cannot be read. Without the list nothing is known; of one account's bookings only those are missing.
  ...(['html', 'empty', 'malformed', 'bom', 'euc-kr', 'utf-16', 'gzip'] as const).map((mangle) =>
    spoilt(LIST, mangle, unexpected),
  ),
  ...(['wrong-tran-id', 'no-tran-id'] as const).map((mangle) => spoilt(LIST, mangle, unexpected)),
  ...(['html', 'malformed', 'euc-kr'] as const).map((mangle) => spoilt(BOOKINGS, mangle, gaps)),
  spoilt(LIST, 'wrong-content-type', whole),
  spoilt(LIST, 'no-content-type', whole),
  // F28: what can be read, and says what nobody may believe; and what is legal, however odd.
  ...(['nulls', 'wrong-types', 'not-a-number', 'too-large', 'bad-dates', 'duplicate-keys'] as const).map(
    (mangle) => spoilt(BOOKINGS, mangle, gaps),
  ),
  spoilt(BOOKINGS, 'bad-currency', gaps),
  spoilt(BALANCES, 'bad-currency', gaps, { isFirst: true }),
  spoilt(LIST, 'nulls', unexpected, { isFirst: true }),
  ...(['prototype', 'native', 'unknown-fields'] as const).map((mangle) => spoilt(BOOKINGS, mangle, whole)),
  spoilt(BOOKINGS, 'over-2-53', gaps),
  spoilt(BOOKINGS, 'minus-zero', { as: 'believed', amounts: ['0'] }, { booked: 3 }),
  // F30: what is too large to be read at all.
  ...(['huge', 'bomb', 'million-rows', 'nested'] as const).map((mangle) =>
    spoilt(LIST, mangle, unexpected, { isFirst: true }),
  ),
  { ...spoilt(LIST, 'million-rows', unexpected), name: 'million-rows, each of them empty' },
  spoilt(BOOKINGS, 'huge', gaps),
  spoilt(BOOKINGS, 'nested', gaps),
  // F31 to F33: pages that do not belong together.
  ...(['rows-doubled', 'rows-overlapping', 'rows-reordered', 'rows-moving'] as const).map((mangle) =>
    spoilt(BOOKINGS, mangle, whole, { isFirst: true, hasPages: true, booked: 100, mostCalls: MOST_PAGES }),
  ),
  spoilt(BOOKINGS, 'same-cursor', gaps, {
    isFirst: true,
    hasPages: true,
    booked: 100,
    mostCalls: MOST_PAGES,
  }),
  spoilt(BOOKINGS, 'endless-pages', gaps, { mostCalls: MOST_PAGES }),
  spoilt(LIST, 'endless-pages', unexpected, { isFirst: true, mostCalls: MOST_PAGES }),
  spoilt(BOOKINGS, 'rows-vanishing', believed, { hasPages: true, booked: 100 }),
  spoilt(BOOKINGS, 'data-changes', believed, { hasPages: true, booked: 100 }),
  // F36
  spoilt(BOOKINGS, 'consent-withdrawn', consentOver),
  // F39
  spoilt(BOOKINGS, 'future-dates', gaps),
  spoilt(LIST, 'clock-behind', whole),
  spoilt(LIST, 'clock-ahead', whole),
]

describeFaults(FAULTS)
