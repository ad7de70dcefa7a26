import { covers } from '../../domain/consent.ts'
import { DomainFailure } from '../../domain/failures.ts'
import type { Gap, Identity, Section } from '../../domain/reading.ts'
import type { Visit } from '../connector.ts'
import { passOn } from '../evidence.ts'
import { InstitutionFailure } from '../institution-failure.ts'
import type { Part } from './parts.ts'

/** What the calls about one asset brought, and what they say of the asset itself. */
export type AssetReading = {
  asset: Identity | null
  sections: Section[]
  gaps: Gap[]
  correction: { status: 'inactive' } | { isShared: false } | null
}

/**
 * Reads what the consent covers of one asset, API after API: ranges and pages of one asset never run side by side. What
 * it leaves out is neither a gap nor a failure.
 */
export async function readParts(
  { scope }: Pick<Visit, 'scope'>,
  asset: Identity | null,
  parts: readonly Part[],
): Promise<AssetReading> {
  const reading: AssetReading = { asset, sections: [], gaps: [], correction: null }
  for (const { api, isExtra, read } of parts.filter((part) => covers(scope, part.api))) {
    try {
      reading.sections.push(...(await read()))
    } catch (error) {
      if (!(error instanceof DomainFailure)) throw error
      if (isExtra && isNotServed(error)) continue
      if (error.type === 'AssetGone') return { ...reading, correction: correctionOf(error) }
      if (!isOneAssetsOwn(error)) throw error
      const gap = { asset, api, failure: error.type }
      passOn(error, gap)
      reading.gaps.push(gap)
    }
  }
  return reading
}

/** 40105: the account lives, but is not shared any more. */
const correctionOf = (error: DomainFailure): AssetReading['correction'] =>
  error instanceof InstitutionFailure && error.code === '40105' ? { isShared: false } : { status: 'inactive' }

/** A consent to other things alone (40104), or an institution that has no such side, says nothing of what it does have. */
const isNotServed = (error: DomainFailure): boolean =>
  error.type === 'AssetGone' || (error instanceof InstitutionFailure && error.code === '40104')

/** Whether a failure says something of one asset only, so that the others may go on. */
const isOneAssetsOwn = ({ type }: DomainFailure): boolean =>
  type === 'UnexpectedResponse' || type === 'RequestRejected'
