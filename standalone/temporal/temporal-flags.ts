export type TemporalOptions = {
  cli: { path: string; version: string }
  /** SQLite file, made if absent; undefined keeps everything in memory. */
  dataFile?: string | undefined
  port: number
  /** undefined: no Web UI. */
  uiPort?: number | undefined
  /** undefined: a port of the server's choice. */
  metricsPort?: number | undefined
  log?: (line: string) => void
  /** How long closed workflows of the namespace `default` are kept. */
  namespaceRetentionDays: number
  searchAttributes: Record<string, 'Keyword' | 'Int'>
}

/** One read and one write partition, because priority and rates hold per partition. */
export function flagsOf({
  dataFile,
  port,
  uiPort,
  metricsPort,
  searchAttributes,
}: TemporalOptions): string[] {
  const dynamic = {
    'matching.enableFairness': true,
    'system.enableActivityEagerExecution': true,
    'matching.numTaskqueueReadPartitions': 1,
    'matching.numTaskqueueWritePartitions': 1,
  }
  return [
    '--ip',
    '127.0.0.1',
    '--port',
    `${port}`,
    '--log-level',
    'error',
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', `${uiPort}`, '--ui-disable-news-fetch']),
    ...(metricsPort === undefined ? [] : ['--metrics-port', `${metricsPort}`]),
    ...(dataFile === undefined ? [] : ['--db-filename', dataFile]),
    ...(dataFile === undefined ? [] : ['journal_mode=WAL', 'synchronous=NORMAL']).flatMap((pragma) => [
      '--sqlite-pragma',
      pragma,
    ]),
    ...Object.entries(dynamic).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ]
}
