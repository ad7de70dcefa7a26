import type { Visit } from '../../connector.ts'
import { type AccountList, type Naming, readAccountList } from '../account-list.ts'
import type { BankAccount } from './answers.ts'
import type { BankApi } from './api.ts'
import { accountIdentity, toAccount } from './transform.ts'

const naming: Naming<BankAccount> = {
  api: 'bank-001',
  identity: ({ account_num, seqno }) => accountIdentity(account_num, seqno),
  toAccount,
  isListed: () => true,
}

/** The accounts of a person at a bank. */
export const readList = (visit: Visit, api: BankApi): Promise<AccountList> =>
  readAccountList(visit, naming, api.accounts)
