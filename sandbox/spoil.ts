import type { OutgoingHttpHeaders } from 'node:http'

import type { Answer } from './answer.ts'
import { ANSWER_FAULTS, type AnswerFault } from './faults/answer-faults.ts'
import { BYTE_FAULTS, type ByteFault } from './faults/byte-faults.ts'
import { HEAD_FAULTS, type HeadFault } from './faults/head-faults.ts'
import { IDENTITY_FAULTS, type IdentityFault } from './faults/identity-faults.ts'
import { listingOf, withListing } from './faults/listing.ts'
import { PAGING_FAULTS, type PagingFault } from './faults/paging-faults.ts'
import { ROW_FAULTS, type RowFault } from './faults/row-faults.ts'
import { TEXT_FAULTS, type TextFault } from './faults/text-faults.ts'
import { WIRE_FAULTS, type WireFault } from './faults/wire-faults.ts'
import { faultIn } from './mangle.ts'
import { bookSomething } from './plant-something.ts'
import type { Incoming } from './reply.ts'

/** The answer that is given instead of the one that was asked for; undefined: none is. */
export function otherAnswer({ mangle, world, institution, url, owner }: Incoming): Answer | undefined {
  return faultIn<AnswerFault>(ANSWER_FAULTS, mangle)?.answer({
    world,
    institutionId: institution.institutionId,
    person: owner?.person ?? null,
    asked: `${url.pathname}${url.search}`,
  })
}

/** What a good body says instead: other rows, other pages, somebody else's. */
export function spoiledBody(incoming: Incoming, body: object): object {
  const { mangle, world, institution, owner, cursor, meantCursor } = incoming
  const identity = faultIn<IdentityFault>(IDENTITY_FAULTS, mangle)
  const { institutionId } = institution
  const [person, generation] = [owner?.person ?? null, owner?.generation ?? null]
  if (identity) return identity.body(body, { world, institutionId, person, generation })
  const listing = listingOf(body)
  if (!listing) return body
  const rows = faultIn<RowFault>(ROW_FAULTS, mangle)
  if (rows) return withListing(body, { ...listing, rows: rows.rows(listing.rows) })
  const { aliases, carried } = world
  const happen = () => bookSomething(world, institution, person)
  const page = faultIn<PagingFault>(PAGING_FAULTS, mangle)
  if (!page) return body
  return withListing(body, page.page(listing, { cursor, meantCursor, aliases, carried, happen }))
}

/** What goes over the wire: the bytes of a body, and the headers above them. */
export function spoiledBytes(
  { mangle }: Incoming,
  body: object,
  headers: OutgoingHttpHeaders,
): { bytes: Buffer; headers: OutgoingHttpHeaders } {
  const text = faultIn<TextFault>(TEXT_FAULTS, mangle)
  const said = JSON.stringify(body)
  const spoiled = text ? text.text(said) : said
  const encoding = faultIn<ByteFault>(BYTE_FAULTS, mangle)
  const bytes = encoding ? encoding.bytes(spoiled) : Buffer.from(spoiled)
  const head = {
    'content-type': text?.type ?? 'application/json; charset=UTF-8',
    'content-length': bytes.length,
    ...headers,
    ...encoding?.headers,
  }
  return { bytes, headers: faultIn<HeadFault>(HEAD_FAULTS, mangle)?.head(head, Date.now()) ?? head }
}

/** How it goes out, if not in one piece. */
export function wireFaultOf({ mangle }: Incoming): WireFault | undefined {
  return faultIn<WireFault>(WIRE_FAULTS, mangle)
}
