import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

import type { Reporter, TestCase, TestModule } from 'vitest/node'

const PAGE = fileURLToPath(new URL('../../docs/long-tests.md', import.meta.url))

/** Writes how the long tests went into their page, whether they passed or not. */
export default class LongTestsPage implements Reporter {
  private ran = ''

  onInit(): void {
    this.ran = commit()
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((one) => [...one.children.allTests()])
    writeFileSync(PAGE, pageOf(this.ran, tests.toSorted(byName)))
  }
}

const byName = (a: TestCase, b: TestCase): number => a.name.localeCompare(b.name, 'en', { numeric: true })

const pageOf = (ran: string, tests: readonly TestCase[]): string => `# Long tests

Written by \`npm run test:long\`, which is no part of \`npm test\`: faults at their full length, over real processes, on
loopback only. Which fault is shown where stands in [faults.md](faults.md). While something is broken, people press the button and
look at what is shown; then all is well, everything that was accepted has to end, and the invariants are asked of rows,
ledger, call log and engine.

| | |
|---|---|
| when | ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC |
| commit | ${ran} |
| machine | ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}, Node ${process.versions.node} |
| passed, failed, not run | ${['passed', 'failed', 'not run'].map((end) => countOf(tests, end)).join(', ')} |

| scenario | | seconds | counted |
|---|---|---|---|
${tests.map(rowOf).join('\n')}
`

const countOf = (tests: readonly TestCase[], end: string): number =>
  tests.filter((one) => ENDS[one.result().state].includes(end)).length

const rowOf = (one: TestCase): string => {
  const seconds = Math.round((one.diagnostic()?.duration ?? 0) / 1_000)
  const counts = Object.entries(one.meta().counts ?? {}).map(([what, value]) => `${what}: ${value}`)
  return `| ${one.name} | ${ENDS[one.result().state]} | ${seconds} | ${counts.join(', ')} |`
}

/** What was not asked for, or was left out when the run was ended, says nothing. */
const ENDS = { passed: 'passed', failed: '**failed**', skipped: 'not run', pending: 'not run' }

/** What was run: a commit, and whether anything else than this page differed from it. */
function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', '--', '.', ':!docs/long-tests.md')
  return `${git('rev-parse', '--short=12', 'HEAD')}${changed === '' ? '' : ', with changes'}`
}
