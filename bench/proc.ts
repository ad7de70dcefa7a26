import { readdirSync, readFileSync } from 'node:fs'

/** A process as /proc/<pid>/stat tells it, in clock ticks. */
export type Stat = { pid: number; parent: number; own: number; reapedChildren: number }

// USER_HZ: 100 on every Linux that Node runs on.
const MS_PER_TICK = 10

/** Parses /proc/<pid>/stat. A program's name may hold spaces and brackets, so fields are counted from the last one. */
export function parseStat(text: string): Stat {
  const close = text.lastIndexOf(')')
  const rest = text.slice(close + 1).trim()
  const fields = rest.split(/\s+/).map(Number)
  // After the name: state is field 3 of the manual, so utime (14) is at 11.
  const [, parent, , , , , , , , , , user, system, childrenUser, childrenSystem] = fields
  const known = [parent, user, system, childrenUser, childrenSystem]
  if (close < 0 || known.some((field) => field === undefined || Number.isNaN(field)))
    throw new RangeError('expected a line of /proc/<pid>/stat')
  return {
    pid: Number.parseInt(text, 10),
    parent: parent!,
    own: user! + system!,
    reapedChildren: childrenUser! + childrenSystem!,
  }
}

/**
 * CPU a process has used, in ms: its own, its children's that live, and its children's that ended. Never falls while
 * the process lives. Null where there is no /proc, or no such process.
 */
export function cpuMs(pid: number, all: readonly Stat[]): number | null {
  const process = all.find((stat) => stat.pid === pid)
  if (!process) return null
  const children = all.filter(({ parent }) => parent === pid)
  const ofChildren = children.reduce((sum, child) => sum + child.own + child.reapedChildren, 0)
  return (process.own + process.reapedChildren + ofChildren) * MS_PER_TICK
}

/** Every process of this machine; none where it has no /proc. */
export function readProcesses(): Stat[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [parseStat(readFileSync(`/proc/${name}/stat`, 'utf8'))]
      } catch {
        return [] // it ended meanwhile
      }
    })
}

/** CPU that all programs of the machine have used, in ms; null where nothing tells. */
export function machineCpuMs(): number | null {
  try {
    return parseMachine(readFileSync('/proc/stat', 'utf8')) * MS_PER_TICK
  } catch {
    return null
  }
}

/** Ticks in the first line of /proc/stat that were neither idle nor waiting for a disk. */
export function parseMachine(text: string): number {
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = text
    .split('\n')[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return user + nice + system + interrupts + softInterrupts
}

/** Memory that a process holds now, in KB; null where nothing tells. */
export function residentKb(pid: number): number | null {
  try {
    return parseResident(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return null
  }
}

/** The line `VmRSS` of /proc/<pid>/status. */
export const parseResident = (text: string): number | null => kbOf(text, 'VmRSS')

/**
 * Memory of a process and its children in KB, with what they share counted once; null where nothing tells. Resident sets
 * of PostgreSQL's processes each count its whole cache.
 */
export function sharedOutKb(pid: number, all: readonly Stat[]): number | null {
  const family = all.filter((stat) => stat.pid === pid || stat.parent === pid)
  const kbs = family.flatMap((stat) => {
    try {
      return parseProportional(readFileSync(`/proc/${stat.pid}/smaps_rollup`, 'utf8')) ?? []
    } catch {
      return [] // it ended meanwhile, or may not be looked at
    }
  })
  return kbs.length > 0 ? kbs.reduce((sum, kb) => sum + kb, 0) : null
}

/** The line `Pss` of /proc/<pid>/smaps_rollup: what is shared, divided among those who share it. */
export const parseProportional = (text: string): number | null => kbOf(text, 'Pss')

const kbOf = (text: string, name: string): number | null => {
  const kb = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]
  return kb === undefined ? null : Number(kb)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
