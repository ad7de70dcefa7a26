import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'

/** What everything ran on: without it no figure means anything. */
export const machine = () => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  system: `${platform()} ${release()}`,
})

/** Runnable programs, averaged over 1, 5 and 15 minutes: at the start it shows what others do with the machine. */
export const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(2))
    .join(' ')

export function machineLine(): string {
  const { cores, cpu, memoryGb, node, system } = machine()
  return `${cores} cores (${cpu}), ${memoryGb} GB, Node ${node}, ${system}`
}
