import type { Call } from './call-log.ts'
import type { Institution } from './institutions.ts'
import type { ViolationKind } from './violations.ts'
import type { World } from './world.ts'

/** A call to a token API: the institution called, the form, and the call's line in the log. */
export type TokenCall = {
  world: World
  institution: Institution
  api: 'oauth-token' | 'oauth-revoke'
  form: Readonly<Record<string, string>>
  line: Call
}

/** Records a violation of a token call. */
export function noteToken({ world, institution, api }: TokenCall, kind: ViolationKind, detail: string): void {
  world.violations.record(kind, institution.institutionId, `${api}: ${detail}`)
}
