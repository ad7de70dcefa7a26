import type { UserId } from '../../../db/database.ts'
import type { TestMoa } from '../moa.ts'
import type { Random } from './random.ts'

/** Revocations of a user that have no receipt yet. */
export async function openRevocations({ test }: TestMoa, userId: UserId): Promise<number[]> {
  const rows = await test.owner<{ no: number }[]>`
    SELECT revocation_no AS no FROM revocations WHERE user_id = ${userId} AND state <> 'done' ORDER BY 1`
  return rows.map(({ no }) => no)
}

/** What the story of a revocation does, one step each, to this one or to any that is open. */
export function revocationSteps(moa: TestMoa, userId: UserId, random: Random, revocationNo?: number) {
  const { revocationSteps: row, revocationDeletion, revocationReceipts } = moa.worker
  const some = async () => revocationNo ?? random.pick([...(await openRevocations(moa, userId)), undefined])
  const step = (name: string, weight: number, work: (no: number) => Promise<unknown>) => ({
    name,
    weight,
    take: async (): Promise<unknown> => {
      const no = await some()
      return no === undefined ? 'nothing is revoked' : work(no)
    },
  })
  return [
    step('revoking begins', 1, (no) => row.begin(userId, no)),
    step('the institution is told', 2, async (no) => {
      const toTell = await row.toTell(userId, no)
      return toTell ? row.told(userId, no, toTell.version, 'confirmed') : 'told before'
    }),
    step('a page is deleted', 3, (no) => revocationDeletion.page(userId, no)),
    step('a page is deleted again', 1, (no) => revocationDeletion.page(userId, no)),
    step('what remains', 2, (no) => revocationReceipts.remainder(userId, no)),
    step('a receipt', 2, (no) => revocationReceipts.finish(userId, no, async () => `receipt ${no}`)),
  ]
}
