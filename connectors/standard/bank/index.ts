import type { AccountRow, Reading } from '../../../domain/reading.ts'
import type { Connector, Visit } from '../../connector.ts'
import { listSection } from '../account-list.ts'
import { createRowBudget } from '../paging.ts'
import { sideBySide } from '../side-by-side.ts'
import { readAccount } from './account.ts'
import { createBankApi } from './api.ts'
import { readList } from './list.ts'

// Accounts of one person asked at a time. A person has some five at a bank; an institution counts our calls (10 a second).
const MOST_AT_ONCE = 4

/**
 * A bank as the standard describes it: the list of accounts, then what the consent covers of each active one.
 * Investment accounts are listed but not read: their APIs (bank-005 to 007, 011 to 013) are not part of this version.
 */
export const standardBank: Connector = { name: 'bank', industry: 'bank', collect }

async function collect(visit: Visit): Promise<Reading> {
  const api = createBankApi(visit, createRowBudget())
  const list = await readList(visit, api)
  const accounts = await sideBySide(list.accounts.filter(isReadable), MOST_AT_ONCE, (account, signal) =>
    readAccount(visit, api, account, signal),
  )
  return {
    sections: [listSection('bank-001', list, accounts), ...accounts.flatMap(({ sections }) => sections)],
    gaps: [...list.gaps, ...accounts.flatMap(({ gaps }) => gaps)],
  }
}

const isReadable = ({ isShared, status, kind }: AccountRow): boolean =>
  isShared && status === 'active' && kind !== 'investment'
