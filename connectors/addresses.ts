import { isIP } from 'node:net'

import ipaddr from 'ipaddr.js'

/** Of all IPv6, what is given out for the public internet; beyond it are compatible, translated and local forms. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** Public by number, but answered by the cloud that our own machine is in: Azure's agent. */
const ANSWERED_NEARBY = new Set(['168.63.129.16'])

/**
 * Whether an address is one machine on the public internet. Private, loopback, link-local, shared, multicast, reserved
 * and documentation ranges are not, nor is an IPv6 address that carries an IPv4 one, whichever that is.
 */
export function isPublicAddress(address: string): boolean {
  // Strictly the two usual forms: what only some parsers take for an address (0177.1, 2130706433) is none here.
  if (isIP(address) === 0) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast' || ANSWERED_NEARBY.has(parsed.toString())) return false
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST)
}
