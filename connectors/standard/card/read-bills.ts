import { DomainFailure } from '../../../domain/failures.ts'
import type { Mark, Section } from '../../../domain/reading.ts'
import type { Visit } from '../../connector.ts'
import { markOf } from '../marks.ts'
import { whereIs } from '../paging.ts'
import { type AssetReading, readParts } from '../read-parts.ts'
import { bills } from '../section-makers.ts'
import { monthsToRead } from '../windows.ts'
import type { Bill } from './answers.ts'
import type { CardApi } from './api.ts'
import { billIdentity, billLines, toBill } from './transform.ts'

// Five years of months, two bills each. Every one of them costs a call.
const MOST_BILLS = 120
const API = 'card-004'
const LINES = 'card-005'

/**
 * Reads the bills of some months, then the lines of each, one bill after another. Lines have no mark of their own: a
 * bill without its lines is asked for again, since the mark of the bills has not moved past it.
 */
export async function readBills(visit: Visit, api: CardApi, signal: AbortSignal): Promise<AssetReading> {
  const mark = markOf(visit, null, API)
  const { heads, sent } = await readHeads(visit, api, mark, signal)
  const readings = [heads]
  for (const bill of sent) readings.push(await readLines(visit, api, bill, mark, signal))
  const gaps = readings.flatMap((reading) => reading.gaps)
  const moved = gaps.length > 0 ? mark : (heads.sections[0]?.mark ?? mark)
  const sections = readings.flatMap((reading) => reading.sections)
  return { ...heads, sections: sections.map((section) => ({ ...section, mark: moved })), gaps }
}

async function readHeads(visit: Visit, api: CardApi, mark: Mark, signal: AbortSignal) {
  const window = monthsToRead(mark.readUntil, visit)
  const extent = { asset: null, api: API, window }
  let sent: Bill[] = []
  const read = async (): Promise<Section[]> => {
    const pages = await api.bills(window, signal)
    if (pages.outcome !== 'data') return [bills(toBill).unchanged({ extent, mark })]
    const byName = new Map(pages.rows.map((bill) => [billIdentity(bill.charge_month, bill.seqno), bill]))
    if (byName.size > MOST_BILLS) throw tooMany(visit)
    sent = [...byName.values()]
    const place = { extent, mark: { ...mark, readUntil: window.to } }
    return [bills(toBill).full(place, pages.rows, whereIs(visit, API))]
  }
  const heads = await readParts(visit, null, [{ api: API, isExtra: true, read }])
  return { heads, sent: heads.gaps.length > 0 ? [] : sent }
}

const tooMany = (visit: Visit): DomainFailure =>
  new DomainFailure('UnexpectedResponse', `${whereIs(visit, API)}: expected at most ${MOST_BILLS} bills`)

function readLines(
  visit: Visit,
  api: CardApi,
  bill: Bill,
  mark: Mark,
  signal: AbortSignal,
): Promise<AssetReading> {
  const asset = billIdentity(bill.charge_month, bill.seqno)
  const read = async (): Promise<Section[]> => {
    const pages = await api.billLines(bill, signal)
    const place = { kind: 'bill_lines', extent: { asset, api: LINES, window: null }, mark } as const
    if (pages.outcome !== 'data') return [{ ...place, outcome: 'upToDate' }]
    return [{ ...place, outcome: 'full', rows: billLines(asset, pages.rows) }]
  }
  return readParts(visit, asset, [{ api: LINES, isExtra: true, read }])
}
