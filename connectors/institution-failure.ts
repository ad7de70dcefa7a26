import { DomainFailure, type FailureName } from '../domain/failures.ts'

/** A failure an institution put a code to, so that who reads it can tell a closed asset from one no longer shared. */
export class InstitutionFailure extends DomainFailure {
  readonly code: string | null

  constructor(type: FailureName, message: string, options: { code: string | null; notBefore: Date | null }) {
    super(type, message, options.notBefore ? { notBefore: options.notBefore } : {})
    this.code = options.code
  }
}
