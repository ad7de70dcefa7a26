import { z } from 'zod'

import { accountsAnswer, accountsExample, kindsOf } from '../answers/accounts.ts'
import { institutionId } from '../answers/fields.ts'
import { headOf } from '../answers/head.ts'
import { fromSnapshot, type PublishedDeps, selection, SNAPSHOT_PROBLEMS, wantedBy } from '../from-snapshot.ts'
import { defineRoute } from '../route.ts'

const query = selection.extend({
  institution: institutionId.optional().meta({ description: 'Only accounts at this institution.' }),
  kind: z
    .string()
    .regex(/^[a-z_]{1,32}$/, 'a kind of account was expected')
    .optional()
    .meta({ description: 'Only accounts of this kind: deposit, loan, …' }),
})

/** Accounts by kind, with what they hold and owe. */
export const readAccounts = defineRoute(
  {
    id: 'readAccounts',
    method: 'get',
    path: '/v1/me/accounts',
    section: 'Snapshots',
    summary: 'Accounts and balances, by kind',
    description:
      'Every account of one snapshot with what it holds or owes in each currency, and the totals of each kind. An account whose balance the institution did not say is counted, and in no total.',
    access: 'member',
    query,
    isConditional: true,
    answers: { 200: { says: 'The accounts.', schema: accountsAnswer, example: accountsExample } },
    problems: SNAPSHOT_PROBLEMS,
  },
  (deps: PublishedDeps) => (asked) =>
    fromSnapshot(deps, asked, wantedBy(asked.query), async (seen, rows) => {
      const { institution, kind } = asked.query
      return { ...headOf(seen), kinds: kindsOf(await rows.accounts({ institution, kind })) }
    }),
)
