import type { RequestListener } from 'node:http'

import { ControlError } from './control-error.ts'
import { type Door, openDoor } from './door.ts'
import { type Certificates, doorFaults, type DoorFaultName, isDoorFault } from './faults/door-faults.ts'

export type DoorOptions = {
  /** With them institutions speak TLS, and may fail at it. */
  certificates?: Certificates | undefined
  /** How others call the host; the certificates name it. */
  name?: string | undefined
}
export type DoorOrder = {
  institutionId: string
  /** null: it is well again. */
  fault: string | null
}
export type ToldDoors = {
  /** What may be played; nothing where institutions share one port. */
  faults: Partial<Record<DoorFaultName, string>>
  /** How each is now. */
  doors: Record<string, DoorFaultName | null>
}
export type Doors = ReturnType<typeof createDoors>

/** The ports of institutions that have one of their own. There are none until they are opened. */
export function createDoors() {
  const doors = new Map<string, Door>()
  let certificates: Certificates | undefined
  const all = () => [...doors.values()]
  return {
    /** Opens one for each, and answers their base URLs. */
    open: async (
      institutionIds: readonly string[],
      serve: RequestListener,
      { host, name = host, ...options }: DoorOptions & { host: string },
    ): Promise<Map<string, string>> => {
      certificates = options.certificates
      const scheme = certificates ? 'https' : 'http'
      const urls = new Map<string, string>()
      for (const institutionId of institutionIds) {
        const door = await openDoor(serve, host, certificates)
        doors.set(institutionId, door)
        urls.set(institutionId, `${scheme}://${name}:${door.port}/${institutionId}`)
      }
      return urls
    },
    /** Throws a ControlError with what there is. */
    set: async ({ institutionId, fault }: DoorOrder): Promise<void> => {
      const door = doors.get(institutionId)
      if (!door) throw new ControlError('institutionId: no institution with a port of its own')
      const known = doorFaults(certificates)
      if (fault === null) await door.set(null)
      else if (isDoorFault(fault) && fault in known) await door.set(fault)
      else throw new ControlError(`fault: unknown; known: ${Object.keys(known).join(', ')}`)
    },
    allWell: async (): Promise<void> => {
      await Promise.all(all().map((door) => door.set(null)))
    },
    told: (): ToldDoors => ({
      faults: doors.size > 0 ? doorFaults(certificates) : {},
      doors: Object.fromEntries([...doors].map(([id, door]) => [id, door.fault()])),
    }),
    faultOf: (institutionId: string): DoorFaultName | null => doors.get(institutionId)?.fault() ?? null,
    close: async (): Promise<void> => {
      await Promise.all(all().map((door) => door.close()))
    },
  }
}
