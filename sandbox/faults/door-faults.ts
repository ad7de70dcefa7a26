import type { TlsOptions } from 'node:tls'

/** A certificate and its key, both PEM. */
export type Pair = { cert: string; key: string }

/** What institutions prove themselves by, and fail to. Made by whoever starts the sandbox: no key lies in it. */
export type Certificates = {
  good: Pair
  expired: Pair
  selfSigned: Pair
  wrongName: Pair
}

type DoorFault = {
  says: string
  /** How it speaks TLS instead; only for institutions that do. */
  tls?: (certificates: Certificates) => TlsOptions
  /** How it ends the handshake: a fatal alert of RFC 8446. */
  alert?: number
}

/** What may happen before a call can even be made. */
export const DOOR_FAULTS = {
  refuses: { says: 'nobody listens: connections are refused' },
  silent: { says: 'connections are accepted, and nothing is ever said' },
  expired: { says: 'its certificate has expired', tls: ({ expired }) => expired },
  'self-signed': { says: 'it has signed its certificate itself', tls: ({ selfSigned }) => selfSigned },
  'wrong-name': { says: 'its certificate names another', tls: ({ wrongName }) => wrongName },
  'tls-1.1': {
    says: 'it speaks TLS 1.1 and nothing newer',
    tls: ({ good }) => ({ ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
  },
  'asks-who': {
    says: 'it ends the handshake: a certificate of the client is required',
    alert: 116,
  },
} as const satisfies Record<string, DoorFault>

export type DoorFaultName = keyof typeof DOOR_FAULTS

export const isDoorFault = (name: string): name is DoorFaultName => Object.hasOwn(DOOR_FAULTS, name)

/** Those that a door may have, with what they say; without certificates there is no TLS to fail at. */
export function doorFaults(certificates: Certificates | undefined): Partial<Record<DoorFaultName, string>> {
  const faults: [string, DoorFault][] = Object.entries(DOOR_FAULTS)
  return Object.fromEntries(
    faults
      .filter(([, { tls, alert }]) => certificates || (!tls && !alert))
      .map(([name, { says }]) => [name, says]),
  )
}

/** Its TLS under a fault; undefined: as it should be. */
export function tlsUnder(fault: DoorFaultName | null, certificates: Certificates): TlsOptions {
  const known: DoorFault | undefined = fault === null ? undefined : DOOR_FAULTS[fault]
  return known?.tls?.(certificates) ?? certificates.good
}

/** What is said instead of a handshake, as one record; undefined: nothing. */
export function alertUnder(fault: DoorFaultName | null): Buffer | undefined {
  const known: DoorFault | undefined = fault === null ? undefined : DOOR_FAULTS[fault]
  return known?.alert === undefined ? undefined : Buffer.from([0x15, 3, 3, 0, 2, 2, known.alert])
}
