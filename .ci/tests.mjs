// Runs every test. A system test (real processes, killed and cut) that fails beside others is judged once more, its file
// alone, and named: on a busy machine it may have met a limit that is not its own. A unit test never is, and neither is
// anything when more than a few files fail: that is no accident. Usage: node .ci/tests.mjs FILE [ARGUMENT…]: it writes
// "PASSED FAILED" into the file; the arguments go to the test runner.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const MOST_FILES_AGAIN = 3

const folder = mkdtempSync(join(tmpdir(), 'moa-tests-'))

/** Every test of a run by file and name, and whether the runner itself was content. */
function run(name, more) {
  const report = join(folder, `${name}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { status } = spawnSync('npm', ['test', '--', ...reporters, ...more], { stdio: 'inherit' })
  const files = JSON.parse(readFileSync(report, 'utf8')).testResults
  const tests = new Map(
    files.flatMap(({ name: path, assertionResults, status: ended }) => {
      const file = relative(process.cwd(), path)
      // A file that could not be loaded, or whose set-up failed, has no failed test: the file itself is one.
      const hasFailed = assertionResults.some((test) => test.status === 'failed')
      const own = ended === 'failed' && !hasFailed ? [[`${file} > (the file)`, 'failed']] : []
      return [...own, ...assertionResults.map((test) => [`${file} > ${test.fullName}`, test.status])]
    }),
  )
  return { isContent: status === 0, tests }
}

const named = (tests, status) => [...tests].flatMap(([name, is]) => (is === status ? name : []))
const fileOf = (name) => name.slice(0, name.indexOf(' > '))

const first = run('first', process.argv.slice(3))
const failedFirst = named(first.tests, 'failed')
const again = [...new Set(failedFirst.map(fileOf))]
const mayRepeat =
  again.length > 0 &&
  again.length <= MOST_FILES_AGAIN &&
  again.every((file) => file.startsWith('test/system/'))

let { isContent } = first
const tests = new Map(first.tests)
if (mayRepeat) {
  process.stdout.write(`\n== once more, alone: ${again.join(', ')}\n`)
  const second = run('second', ['--project', 'system', '--maxWorkers', '1', ...again])
  for (const name of first.tests.keys()) if (again.includes(fileOf(name))) tests.delete(name)
  for (const [name, status] of second.tests) tests.set(name, status)
  isContent = second.isContent
  for (const name of failedFirst) {
    if (tests.get(name) !== 'failed') process.stdout.write(`== failed beside others, passed alone: ${name}\n`)
  }
}

const failed = named(tests, 'failed')
for (const name of failed) process.stdout.write(`== failed: ${name}\n`)
writeFileSync(process.argv[2], `${named(tests, 'passed').length} ${failed.length}\n`)
rmSync(folder, { recursive: true, force: true })
process.exit(isContent && failed.length === 0 ? 0 : 1)
