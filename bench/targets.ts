import type { Target } from './tables.ts'

const atMost = (reach: number, moonshot: number): Target => ({ better: 'lower', reach, moonshot })
const atLeast = (reach: number, moonshot: number): Target => ({ better: 'higher', reach, moonshot })

/** What to reach on two cores that hold everything, engine on the development server. A miss is reported, not hidden. */
export const TARGETS = {
  overheadP50: atMost(80, 45),
  overheadP95: atMost(120, 65),
  ratioP50: atMost(1.05, 1.025),
  ratioP95: atMost(1.1, 1.04),
  refreshesPerSecond: atLeast(16, 25),
  cpuPerRefresh: atMost(110, 65),
  quietDataRows: atMost(0, 0),
  quietWalKb: atMost(8, 4),
  acceptedP99: atMost(25, 10),
  snapshotReadP95: atMost(10, 5),
  streamKb: atMost(80, 40),
  streamsCpu: atMost(20, 10),
  streamsStatements: atMost(1, 0.6),
  toldP95: atMost(100, 60),
  parkedKb: atMost(250, 100),
  parkedCpu: atMost(100, 30),
  wokenPerSecond: atLeast(10, 20),
  slowInstitutionRise: atMost(10, 3),
  startSeconds: atMost(15, 8),
} as const satisfies Record<string, Target>
