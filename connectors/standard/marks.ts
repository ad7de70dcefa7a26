import type { Identity, Mark } from '../../domain/reading.ts'
import type { Visit } from '../connector.ts'

/** How far an API of an asset has been read before this visit. */
export const markOf = ({ known }: Visit, asset: Identity | null, api: string): Mark =>
  known.marks.find((mark) => mark.asset === asset && mark.api === api) ?? {
    asset,
    api,
    searchTimestamp: null,
    readUntil: null,
  }
