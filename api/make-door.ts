import type { DoorOptions } from './door.ts'

/** A door without proxies or TLS, at which nobody is counted out unless a test says so. */
export const makeDoor = (changes: Partial<DoorOptions> = {}): DoorOptions => ({
  rates: { perUser: 1_000_000, perAddress: 1_000_000, perProcess: 1_000_000 },
  trustedProxies: 0,
  isBehindTls: false,
  connectionsPerAddress: 1_000,
  ...changes,
})
