import { DomainFailure } from '../../domain/failures.ts'
import type {
  AccountRow,
  BalanceRow,
  BillRow,
  ContractRow,
  Identity,
  PointRow,
  Section,
} from '../../domain/reading.ts'

export type Place = Pick<Section, 'extent' | 'mark'>

/** What becomes of the rows of one answer: a section of one kind, or the word that nothing changed. */
export type SectionMaker<Sent> = {
  unchanged: (place: Place) => Section
  full: (place: Place, sent: readonly Sent[], where: string) => Section
}

export const accounts = <Sent>(toRow: (sent: Sent) => AccountRow): SectionMaker<Sent> => ({
  unchanged: (place) => ({ kind: 'accounts', ...place, outcome: 'upToDate' }),
  full: (place, sent, where) => ({
    kind: 'accounts',
    ...place,
    outcome: 'full',
    ...rows(sent, toRow, where),
  }),
})

export const balances = <Sent>(toRow: (sent: Sent) => BalanceRow): SectionMaker<Sent> => ({
  unchanged: (place) => ({ kind: 'balances', ...place, outcome: 'upToDate' }),
  full: (place, sent, where) => ({
    kind: 'balances',
    ...place,
    outcome: 'full',
    ...rows(sent, toRow, where),
  }),
})

export const contracts = <Sent>(toRow: (sent: Sent) => ContractRow): SectionMaker<Sent> => ({
  unchanged: (place) => ({ kind: 'contracts', ...place, outcome: 'upToDate' }),
  full: (place, sent, where) => ({
    kind: 'contracts',
    ...place,
    outcome: 'full',
    ...rows(sent, toRow, where),
  }),
})

export const points = <Sent>(toRow: (sent: Sent) => PointRow): SectionMaker<Sent> => ({
  unchanged: (place) => ({ kind: 'points', ...place, outcome: 'upToDate' }),
  full: (place, sent, where) => ({ kind: 'points', ...place, outcome: 'full', ...rows(sent, toRow, where) }),
})

export const bills = <Sent>(toRow: (sent: Sent) => BillRow): SectionMaker<Sent> => ({
  unchanged: (place) => ({ kind: 'bills', ...place, outcome: 'upToDate' }),
  full: (place, sent, where) => ({ kind: 'bills', ...place, outcome: 'full', ...rows(sent, toRow, where) }),
})

/** Rows that came twice are one row if they are equal (pages overlap), and not to be trusted if they are not. */
function rows<Sent, Row extends { identity: Identity }>(
  sent: readonly Sent[],
  toRow: (sent: Sent) => Row,
  where: string,
): { rows: Row[] } {
  const contents = [...new Map(sent.map(toRow).map((row) => [JSON.stringify(row), row])).values()]
  if (new Set(contents.map(({ identity }) => identity)).size === contents.length) return { rows: contents }
  throw new DomainFailure('UnexpectedResponse', `${where}: expected each row once`)
}
