/** The rows of a page and what follows it, taken out of a body of the standard. */
export type Row = Readonly<Record<string, unknown>>
export type Listing = { rows: readonly Row[]; next: string | undefined }

const LIST = /^(\w+)_list$/

/** The list of a body; undefined: it has none. */
export function listingOf(body: object): Listing | undefined {
  const found = Object.entries(body).find(([key, value]) => LIST.test(key) && Array.isArray(value))
  if (!found) return undefined
  const rows: Row[] = found[1]
  const next = 'next_page' in body && typeof body.next_page === 'string' ? body.next_page : undefined
  return { rows, next }
}

/** The body with other rows, counted anew, and another successor. */
export function withListing(body: object, { rows, next }: Listing): object {
  const { next_page: _, ...rest }: Record<string, unknown> = { ...body }
  const list = Object.keys(rest).find((key) => LIST.test(key)) ?? 'list'
  const count = list.replace(LIST, '$1_cnt')
  return {
    ...(next === undefined ? {} : { next_page: next }),
    ...rest,
    ...(count in rest ? { [count]: String(rows.length) } : {}),
    [list]: rows,
  }
}
