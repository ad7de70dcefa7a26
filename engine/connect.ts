import { Connection } from '@temporalio/client'

export type EngineAddress = { address: string; namespace: string; apiKey: string | null; tls: boolean }

/** A connection that is made when it is first used: the API starts, and accepts, while the engine is away. */
export function connectLazily({ address, apiKey, tls }: EngineAddress): Connection {
  return Connection.lazy({ address, ...(tls ? { tls: true } : {}), ...(apiKey ? { apiKey } : {}) })
}
