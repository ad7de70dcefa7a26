import { NativeConnection } from '@temporalio/worker'

import { connectLazily, type EngineAddress } from '../engine/connect.ts'
import { createRuns } from '../engine/runs.ts'

/** The worker's own connection: one per process. Compression costs more on one machine than it saves. */
export const connectWorker = ({ address, tls, apiKey }: EngineAddress): Promise<NativeConnection> =>
  NativeConnection.connect({
    address,
    ...(tls ? { tls: true } : { grpcCompression: { codec: 'none' } }),
    ...(apiKey ? { apiKey } : {}),
  })

/** Asking the engine about runs, for the caretaker and the record; connected when first used. */
export function connectClient(address: EngineAddress) {
  const connection = connectLazily(address)
  return {
    runs: createRuns({ connection, namespace: address.namespace }),
    close: () => connection.close(),
  }
}
