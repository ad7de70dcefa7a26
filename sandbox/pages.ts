import { type Ask, refuse } from './ask.ts'

/** Cuts a list for a call: checks limit and cursor, and notes cursors that are asked again and again. */
export function pageFor(ask: Ask, list: { scope: string; total: number }) {
  const { world, institution, person, api, params } = ask
  const limit = params['limit'] ?? ''
  if (!/^([1-9]\d?|[1-4]\d\d|500)$/.test(limit)) throw refuse(ask, 'bad-limit', '40001', 'limit')
  const cursor = params['next_page'] || undefined
  const page = world.cursors.page({
    scope: [institution.institutionId, person, api, list.scope].join('|'),
    cursor,
    limit: Number(limit),
    total: list.total,
    trait: institution.trait.paging,
  })
  if (!page) throw refuse(ask, 'foreign-cursor', '40001', 'next_page of another read')
  if (page.timesRead > 2 && !ask.isAgain)
    world.violations.record(
      'repeated-cursor',
      institution.institutionId,
      `${api}: next_page read ${page.timesRead} times`,
    )
  return { ...page, isFirst: cursor === undefined }
}
