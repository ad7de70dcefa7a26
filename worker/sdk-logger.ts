import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker'

import type { Log } from '../log.ts'

const LEVELS = { TRACE: 'debug', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const

/** The SDK's own lines in our log: its words, and of its metadata only what the allow-list lets pass. */
export function sdkLogger(log: Log): Logger {
  const say = (level: LogLevel, message: string, meta?: LogMetadata): void =>
    log[LEVELS[level]](
      {
        activity: meta?.['activityType'],
        attempt: meta?.['attempt'],
        workflowId: meta?.['workflowId'],
      },
      message,
    )
  return {
    log: say,
    trace: (message, meta) => say('TRACE', message, meta),
    debug: (message, meta) => say('DEBUG', message, meta),
    info: (message, meta) => say('INFO', message, meta),
    warn: (message, meta) => say('WARN', message, meta),
    error: (message, meta) => say('ERROR', message, meta),
  }
}
