import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common'
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
  Next,
} from '@temporalio/worker'

import { DomainFailure, FAILURES } from '../domain/failures.ts'
import { type Log, whereFrom } from '../log.ts'

/**
 * What leaves an activity is kept in histories and read in the Web UI. Failures of ours pass by name; anything else
 * becomes `Unexpected` without its message, since drivers quote what they were asked.
 */
export function createNamedFailures(log: Log): ActivityInterceptorsFactory {
  return (context) => {
    const inbound: ActivityInboundCallsInterceptor = {
      async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
        try {
          return await next(input)
        } catch (error) {
          throw presentable(error, context.info.activityType, log)
        }
      },
    }
    return { inbound }
  }
}

/** An error as it may be seen. Only what is marked `soon`, and may still be, is tried again by the engine; the plan knows later times. */
export function presentable(error: unknown, activity: string, log: Log): Error {
  if (error instanceof CancelledFailure) return error
  if (error instanceof DomainFailure) {
    return ApplicationFailure.create({
      type: error.type,
      message: error.message,
      nonRetryable: error.isForLater || FAILURES[error.type].retry !== 'soon',
      details: error.notBefore ? [error.notBefore.toISOString()] : [],
      ...(error.type === 'Superseded' ? { category: ApplicationFailureCategory.BENIGN } : {}),
    })
  }
  log.error({ activity, ...whereFrom(error) }, 'an activity failed with an error that has no name')
  return ApplicationFailure.create({
    type: 'Unexpected',
    message: 'unexpected failure; see the worker log',
    nonRetryable: true,
  })
}
