import type { ControlRoute } from './control-routes.ts'
import { checked } from './orders.ts'
import type { Amendment, NewApprovals, WhichApproval } from './plant-approvals.ts'

const which = {
  person: 'string',
  institutionId: 'string',
  cardId: 'string?',
  approvedNum: 'string?',
  approvedAt: 'string?',
} as const

/** What control does with approvals. */
export const approvalRoutes: Readonly<Record<string, ControlRoute>> = {
  'POST /approvals': (control, input) =>
    control.approvals(
      checked<NewApprovals>(input, {
        person: 'string',
        institutionId: 'string',
        count: 'number',
        merchant: 'string?',
        amount: 'string?',
        overseas: 'boolean?',
        installments: 'number?',
        cardId: 'string?',
      }),
    ),
  'POST /cancel-approval': (control, input) => control.cancelApproval(checked<WhichApproval>(input, which)),
  'POST /amend-approval': (control, input) =>
    control.amendApproval(checked<Amendment>(input, { ...which, amount: 'string' })),
}
