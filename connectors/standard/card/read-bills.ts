import { DomainFailure } from '../../../domain/failures.ts'
import type { Section } from '../../../domain/reading.ts'
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

/** Reads the bills of some months, then the lines of each, one bill after another. */
export async function readBills(visit: Visit, api: CardApi, signal: AbortSignal): Promise<AssetReading> {
  const mark = markOf(visit, null, API)
  const window = monthsToRead(mark.readUntil, visit)
  const sent = new Map<string, Bill>()
  const extent = { asset: null, api: API, window }

  async function read(): Promise<Section[]> {
    const pages = await api.bills(window, signal)
    if (pages.outcome !== 'data') return [bills(toBill).unchanged({ extent, mark })]
    for (const bill of pages.rows) sent.set(billIdentity(bill.charge_month, bill.seqno), bill)
    if (sent.size > MOST_BILLS)
      throw new DomainFailure(
        'UnexpectedResponse',
        `${whereIs(visit, API)}: expected at most ${MOST_BILLS} bills`,
      )
    const place = { extent, mark: { ...mark, readUntil: window.to } }
    return [bills(toBill).full(place, pages.rows, whereIs(visit, API))]
  }

  const heads = await readParts(null, [{ api: API, isExtra: true, read }])
  const lines = heads.gaps.length > 0 ? [] : await readLines(api, [...sent.values()], signal)
  const gaps = lines.flatMap((reading) => reading.gaps)
  // A bill without its lines is asked for again: the mark of the bills has not moved past it.
  const sections = gaps.length > 0 ? heads.sections.map((section) => ({ ...section, mark })) : heads.sections
  return {
    ...heads,
    sections: [...sections, ...lines.flatMap((reading) => reading.sections)],
    gaps: [...heads.gaps, ...gaps],
  }
}

async function readLines(api: CardApi, sent: readonly Bill[], signal: AbortSignal): Promise<AssetReading[]> {
  const readings: AssetReading[] = []
  for (const bill of sent) {
    const identity = billIdentity(bill.charge_month, bill.seqno)
    const read = async (): Promise<Section[]> => {
      const place = {
        extent: { asset: identity, api: LINES, window: null },
        mark: { asset: identity, api: LINES, searchTimestamp: null, readUntil: null },
      }
      const pages = await api.billLines(bill, signal)
      return [
        pages.outcome === 'data'
          ? { kind: 'bill_lines', ...place, outcome: 'full', rows: billLines(identity, pages.rows) }
          : { kind: 'bill_lines', ...place, outcome: 'upToDate' },
      ]
    }
    readings.push(await readParts(identity, [{ api: LINES, isExtra: true, read }]))
  }
  return readings
}
