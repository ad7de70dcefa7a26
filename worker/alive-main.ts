import { hostname } from 'node:os'

import { readConfig } from '../config.ts'
import { connectLazily } from '../engine/connect.ts'
import { asksForWork, pollersOf } from '../engine/pollers.ts'
import { reportAndExit } from '../mains.ts'

/** For a container's health check: whether the worker on this host asks the engine for work. Ends with 0 if so. */
async function main(): Promise<void> {
  const config = readConfig(['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_API_KEY', 'TEMPORAL_TLS'])
  const connection = connectLazily({
    address: config.TEMPORAL_ADDRESS,
    namespace: config.TEMPORAL_NAMESPACE,
    apiKey: config.TEMPORAL_API_KEY,
    tls: config.TEMPORAL_TLS === 'true',
  })
  const pollers = await pollersOf({ connection, namespace: config.TEMPORAL_NAMESPACE })
  await connection.close()
  if (!asksForWork(pollers, hostname(), new Date())) throw new Error('no worker on this host asks for work')
}

main().catch(reportAndExit)
