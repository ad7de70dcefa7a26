export type InFlight = ReturnType<typeof createInFlight>

/** Transaction reads being answered now. Ranges and pages of one asset must be read one after another. */
export function createInFlight() {
  const reads = new Map<string, { asset: string; part: string }>()
  let entered = 0
  return {
    /** Says whether another part of the asset is being read, and a function that ends this read. */
    enter: (asset: string, part: string): { isParallel: boolean; leave: () => void } => {
      const isParallel = [...reads.values()].some((read) => read.asset === asset && read.part !== part)
      entered += 1
      const id = String(entered)
      reads.set(id, { asset, part })
      return { isParallel, leave: () => void reads.delete(id) }
    },
  }
}
