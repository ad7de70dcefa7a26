import { createHash } from 'node:crypto'

import { createShopReader } from '../domain/classification/shops.ts'
import type { LabelledRow } from './rows.ts'

export const FOLDS = 5

const everyName = createShopReader()

/** By whom rows belong together: the seller where one is known, otherwise what the row says. */
export const merchantOf = ({ expected, raw }: LabelledRow): string =>
  expected?.counterparty ?? raw['merchant_name'] ?? raw['trans_memo'] ?? ''

/** All rows of one merchant are in one fold, whichever rows there are besides. */
export const foldOf = (row: LabelledRow): number =>
  createHash('sha256').update(merchantOf(row)).digest().readUInt32BE() % FOLDS

/** Every name that the classifier knows of these rows. */
export const namesOf = (rows: readonly LabelledRow[]): Set<string> =>
  new Set(
    rows.flatMap(({ raw }) =>
      ['merchant_name', 'trans_memo', 'trans_title'].flatMap((field) =>
        everyName.namesIn(raw[field] ?? null),
      ),
    ),
  )
