import { Refusal } from '../answer.ts'
import { type Ask, refuse } from '../ask.ts'
import type { Ledger } from '../people/history.ts'
import { accountsAt, isClosed } from '../people/view.ts'

/** The account a call names, if it may be read with an API of this side. */
export function findAsset(ask: Ask, side: 'deposit' | 'loan'): { ledger: Ledger; assetKey: string } {
  const { world, institution, person, now, params } = ask
  const accountNum = params['account_num']
  if (!accountNum || accountNum.length > 20) throw new Refusal('40001')
  const holding = world.histories.holding(person, institution, now)
  const numbered = accountsAt(holding, now).filter(({ account }) => account.accountNum === accountNum)
  const seqno = params['seqno'] ?? ''
  if (!seqno && numbered.some(({ account }) => account.seqno !== undefined))
    throw refuse(ask, 'missing-seqno', '40001', 'seqno')
  const ledger = numbered.find(({ account }) => (account.seqno ?? '') === seqno)
  if (!ledger || !answers(ledger, side))
    throw refuse(ask, 'unknown-asset', '40402', `no such ${side} account`)
  if (!ledger.account.isConsent) throw refuse(ask, 'asset-without-consent', '40105', 'is_consent is false')
  if (isClosed(holding, ledger, now)) {
    const key = [institution.institutionId, person, ledger.account.key].join('|')
    if (world.closedAssets.isRepeated(key)) throw refuse(ask, 'asked-closed-asset-again', '40305', 'closed')
    throw new Refusal('40305')
  }
  return { ledger, assetKey: ledger.account.key }
}

/** An overdraft account answers both sides. */
function answers({ account }: Ledger, side: 'deposit' | 'loan'): boolean {
  if (side === 'deposit') return account.deposit !== undefined
  return account.loan !== undefined || account.deposit?.overdraftLimit !== undefined
}
