import { lookup as lookUp, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'

import { isPublicAddress } from './addresses.ts'
import { NotConnected } from './not-connected.ts'

/** Every address of a name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>

// Large names have a dozen addresses; one more answer than this is no answer for an institution.
const MAX_ADDRESSES = 64

export type Judging = {
  /** Which addresses may be called: public ones, if nothing is said. Sandboxes and tests say more. */
  mayCall?: (address: string) => boolean
  /** Who is asked for the addresses of a name: the system, if nobody is named. */
  resolve?: Resolve
}

/**
 * Where connections may go. A name is resolved once per connection; its addresses are judged, and the connection goes to
 * those very addresses, so that a second answer to the same question has no say (DNS rebinding). One address that is not
 * public refuses the name: which of several is taken must not matter.
 */
export function createPinnedLookup({ resolve = resolveBySystem, mayCall = isPublicAddress }: Judging) {
  const judge = (addresses: readonly LookupAddress[]): void => {
    if (addresses.length > MAX_ADDRESSES)
      throw new NotConnected('AddressRefused', `expected at most ${MAX_ADDRESSES} addresses of its host`)
    if (!addresses.every(({ address }) => mayCall(address)))
      throw new NotConnected('AddressRefused', 'expected a host with addresses that may be called')
  }

  async function judged(hostname: string): Promise<[LookupAddress, ...LookupAddress[]]> {
    const [first, ...others] = await resolve(hostname)
    if (!first) throw new NotConnected('InstitutionUnavailable', 'expected an address of its host')
    judge([first, ...others])
    return [first, ...others]
  }

  /** For the sockets: the one question of a connection that is made by name. */
  const lookup: LookupFunction = (hostname, { all }, callback) => {
    judged(hostname).then(
      (addresses) =>
        all ? callback(null, addresses) : callback(null, addresses[0].address, addresses[0].family),
      (error: Error) => callback(error, []),
    )
  }

  /** For hosts that are addresses themselves: nobody is asked about those. Throws where the host may not be called. */
  function checkLiteral(hostname: string): void {
    const family = isIP(hostname)
    if (family !== 0) judge([{ address: hostname, family }])
  }

  return { lookup, checkLiteral }
}

const resolveBySystem: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    lookUp(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
  })
