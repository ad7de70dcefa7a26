import type { Connector } from './connector.ts'
import { standardBank } from './standard/bank/index.ts'
import { standardCard } from './standard/card/index.ts'

/** Ways of reading. An institution's row names one; the default is its industry's. */
export const connectors = {
  bank: standardBank,
  card: standardCard,
} as const satisfies Record<string, Connector>

/** The way an institution is read; null where nobody has written one yet. */
export function connectorFor(name: string | null, industry: string): Connector | null {
  const key = name ?? industry
  return isConnectorName(key) ? connectors[key] : null
}

const isConnectorName = (key: string): key is keyof typeof connectors => Object.hasOwn(connectors, key)
