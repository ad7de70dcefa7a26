import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { Client, Connection } from '@temporalio/client'
import { expect, test } from 'vitest'

import { freePort } from '../processes/ports.ts'
import { cliForTests, inTemporaryFolder, untilTestEnds } from '../temporary.ts'
import { startTemporal, type TemporalOptions } from './temporal.ts'

/** The CLI has 45 MB to come over the network once. */
const WITH_FETCH_MS = 60_000

async function makeOptions(folder: string): Promise<TemporalOptions> {
  return {
    cli: await cliForTests(),
    dataFile: join(folder, 'temporal.db'),
    port: await freePort(0),
    namespaceRetentionDays: 7,
    searchAttributes: { RefreshState: 'Keyword', SnapshotNo: 'Int' },
  }
}

async function withClient<T>(address: string, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address })
  try {
    return await use(new Client({ connection }))
  } finally {
    await connection.close()
  }
}

const statusOf = async (client: Client, workflowId: string) =>
  (await client.workflow.getHandle(workflowId).describe()).status.name

test(
  'a workflow that nobody worked on is still there after a stop, a kill and another start',
  { timeout: WITH_FETCH_MS },
  async () => {
    await inTemporaryFolder(async (folder) => {
      const options = await makeOptions(folder)
      const first = await untilTestEnds(startTemporal(options))
      await withClient(first.address, async (client) => {
        await client.workflow.start('nobodyPollsThis', { workflowId: 'kept/1', taskQueue: 'nobody' })
      })
      await first.stop()
      expect(await first.exited).toEqual({ code: 0, signal: null })

      const second = await untilTestEnds(startTemporal(options))
      expect(await withClient(second.address, async (client) => statusOf(client, 'kept/1'))).toBe('RUNNING')
      await withClient(second.address, async (client) => {
        await client.workflow.start('nobodyPollsThis', { workflowId: 'kept/2', taskQueue: 'nobody' })
      })
      await second.kill()
      expect(await second.exited).toEqual({ code: null, signal: 'SIGKILL' })

      const third = await untilTestEnds(startTemporal(options))
      expect(await withClient(third.address, async (client) => statusOf(client, 'kept/2'))).toBe('RUNNING')
      await third.stop()
    })
  },
)

test(
  'closed workflows are kept for as many days as asked, and search attributes are there at once',
  { timeout: WITH_FETCH_MS },
  async () => {
    await inTemporaryFolder(async (folder) => {
      const temporal = await untilTestEnds(
        startTemporal({ ...(await makeOptions(folder)), dataFile: undefined }),
      )
      await withClient(temporal.address, async (client) => {
        const namespace = await client.workflowService.describeNamespace({ namespace: 'default' })
        expect(Number(namespace.config?.workflowExecutionRetentionTtl?.seconds)).toBe(7 * 24 * 60 * 60)
        const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
          namespace: 'default',
        })
        expect(Object.keys(customAttributes ?? {})).toEqual(
          expect.arrayContaining(['RefreshState', 'SnapshotNo']),
        )
      })
      await temporal.stop()
    })
  },
)

test(
  'data made by another version is refused with both versions and the way out named',
  { timeout: WITH_FETCH_MS },
  async () => {
    await inTemporaryFolder(async (folder) => {
      const options = await makeOptions(folder)
      await writeFile(options.dataFile!, '')
      const refusal = async () => startTemporal(options).catch((error: Error) => error.message)
      expect(await refusal()).toContain('made by version unknown of the Temporal CLI')
      await writeFile(`${options.dataFile}.version`, '1.7.0\n')
      expect(await refusal()).toBe(
        `The Temporal data in ${options.dataFile} was made by version 1.7.0 of the Temporal CLI and this is version ` +
          `${options.cli.version}: start with \`npm start -- --reset\` to begin anew, or give the other version in TEMPORAL_CLI`,
      )
    })
  },
)

test('a taken port is named before anything is made', { timeout: WITH_FETCH_MS }, async () => {
  await inTemporaryFolder(async (folder) => {
    const options = await makeOptions(folder)
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(options.port, '127.0.0.1', resolve))
    await expect(startTemporal(options)).rejects.toThrow(
      `Temporal cannot start: port ${options.port} on 127.0.0.1`,
    )
    other.close()
  })
})
