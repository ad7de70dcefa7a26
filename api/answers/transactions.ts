import { z } from 'zod'

import type { TransactionView } from '../../db/published.ts'
import { writeCursor } from '../cursors.ts'
import { amount, currency, institutionId } from './fields.ts'
import { headExample, snapshotHead } from './head.ts'

const transactionAnswer = z
  .strictObject({
    id: z.string(),
    institutionId,
    accountKey: z.string(),
    occurredOn: z.iso.date().meta({ description: 'The day in Korea.' }),
    occurredAt: z.iso
      .datetime({ offset: true })
      .nullable()
      .meta({ description: 'Null if the institution named only the day.' }),
    direction: z
      .enum(['in', 'out'])
      .nullable()
      .meta({ description: 'Seen from the account; null if the institution did not say.' }),
    amount,
    currency,
    balanceAfter: amount.nullable(),
    description: z.string().nullable(),
    typeText: z.string().nullable().meta({ description: 'What the institution calls this kind.' }),
    category: z.string().meta({ description: 'A leaf of the taxonomy, or unknown.' }),
    confidence: z.number().min(0).max(1).meta({ description: 'How sure the category is.' }),
  })
  .meta({ id: 'Transaction' })

export const transactionsAnswer = snapshotHead
  .extend({
    transactions: z.array(transactionAnswer),
    nextCursor: z.string().nullable().meta({ description: 'Where the next page begins; null on the last.' }),
  })
  .meta({ id: 'Transactions', description: 'One page of the transactions of one snapshot, newest first.' })

export const transactionOf = ({
  timeKnown,
  confidence,
  ...row
}: TransactionView): z.infer<typeof transactionAnswer> => ({
  ...row,
  occurredAt: timeKnown ? `${row.occurredAt.replace(' ', 'T')}+09:00` : null,
  confidence: Number(confidence),
})

export const transactionsExample = {
  ...headExample,
  transactions: [
    {
      id: '20114',
      institutionId: 'SBXBANK001',
      accountKey: '5d0ba3f6-4c05-4bd4-9b32-9a3f1e6c7d21',
      occurredOn: '2026-11-20',
      occurredAt: '2026-11-20T10:11:12+09:00',
      direction: 'in',
      amount: '3100000',
      currency: 'KRW',
      balanceAfter: '9982778',
      description: '모아상사 급여',
      typeText: '급여',
      category: 'income.salary',
      confidence: 0.98,
    },
  ],
  nextCursor: writeCursor(
    { snapshotNo: headExample.snapshotNo, occurredAt: '2026-11-20 10:11:12', id: '20114' },
    { view: 'latest' },
  ),
} satisfies z.infer<typeof transactionsAnswer>
