import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { type Effort, HELP, type MeasureName, readArguments, WrongArguments } from './arguments.ts'
import { type Closers, createClosers } from './closers.ts'
import { deadlines } from './deadlines.ts'
import { event } from './event.ts'
import { type Ground, startGround } from './ground.ts'
import { load, machine, machineLine } from './machine.ts'
import { notYours } from './not-yours.ts'
import { overhead } from './overhead.ts'
import { parked } from './parked.ts'
import { rowSecurity } from './row-security.ts'
import { sealing } from './sealing.ts'
import { slowInstitution } from './slow-institution.ts'
import { start } from './start.ts'
import { storage } from './storage.ts'
import { streams } from './streams.ts'
import { printed, type Section, verdict } from './tables.ts'
import { throughput } from './throughput.ts'

type OnGround = Exclude<MeasureName, 'start'>

const onGround: Record<OnGround, (ground: Ground, effort: Effort) => Promise<Section[]>> = {
  overhead,
  throughput,
  storage,
  event,
  streams,
  parked,
  'row-security': rowSecurity,
  sealing,
  'not-yours': notYours,
  'slow-institution': slowInstitution,
  deadlines,
}

/** Measures what was asked for, prints it, writes it down, and stops everything it started, however it ends. */
async function main(): Promise<void> {
  const effort = readArguments(process.argv.slice(2))
  if (!effort) return void process.stdout.write(HELP)
  const closers = createClosers()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void closers.stop().finally(() => process.exit(130)))
  // Without this, what was started would live on: PostgreSQL and the engine are no children that end with their parent.
  process.once('uncaughtException', (error) => {
    process.stderr.write(`bench: ${error.stack ?? error.message}\n`)
    void closers.stop().finally(() => process.exit(1))
  })
  const begun = { at: new Date().toISOString(), load: load() }
  say(`${machineLine()}\nload before (1, 5, 15 min): ${begun.load}\n`)
  try {
    const sections = await measureAll(closers, effort)
    const ended = { at: new Date().toISOString(), load: load() }
    say(`\nload before: ${begun.load}   after: ${ended.load}\n${summary(sections)}\n`)
    const file = effort.file ?? resultsFile(begun.at)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(
      file,
      `${JSON.stringify({ machine: machine(), effort, begun, ended, sections: judged(sections) }, undefined, 1)}\n`,
    )
    say(`all of it: ${file}\n`)
  } finally {
    await closers.stop()
  }
}

async function measureAll(closers: Closers, effort: Effort): Promise<Section[]> {
  const all: Section[] = []
  const keep = (sections: Section[]) => {
    for (const section of sections) say(printed(section))
    all.push(...sections)
  }
  const wanted = effort.measures
  if (wanted.includes('start')) keep(await orFailed(closers, 'start', start(closers, effort))) // before anything else of ours runs
  if (wanted.every((name) => name === 'start')) return all
  const ground = await startGround(closers)
  for (const name of wanted) {
    if (name !== 'start') keep(await orFailed(closers, name, onGround[name](ground, effort)))
  }
  const violations = await ground.institutions.violations()
  say(
    `rules broken at the institutions: ${JSON.stringify(violations['total'] ?? violations['counts'] ?? violations)}\n`,
  )
  return all
}

/** One measurement that fails does not take the others with it; the command fails in the end. */
async function orFailed(
  closers: Closers,
  name: MeasureName,
  measuring: Promise<Section[]>,
): Promise<Section[]> {
  try {
    return await measuring
  } catch (error) {
    if (closers.isStopping()) throw error // Ctrl-C: half a measurement is none
    process.exitCode = 1
    const said = error instanceof Error ? error.message : 'unknown failure'
    return [{ title: `${name}: FAILED`, notes: [said], figures: [], raw: String(error) }]
  }
}

const judged = (sections: readonly Section[]) =>
  sections.map((section) => ({
    ...section,
    figures: section.figures.map((figure) => ({ ...figure, verdict: verdict(figure) })),
  }))

function summary(sections: readonly Section[]): string {
  const figures = sections.flatMap((section) => section.figures)
  const missed = figures.filter((figure) => verdict(figure) === 'MISS').map(({ name }) => name)
  const silent = figures.filter(({ value }) => value === null).map(({ name }) => name)
  return [
    `${figures.length - missed.length - silent.length} of ${figures.length} figures reach what they should`,
    ...(missed.length > 0 ? [`MISS: ${missed.join('; ')}`] : []),
    ...(silent.length > 0 ? [`not measured: ${silent.join('; ')}`] : []),
  ].join('\n')
}

const resultsFile = (at: string): string =>
  fileURLToPath(new URL(`results/${at.slice(0, 19).replaceAll(':', '')}.json`, import.meta.url))

const say = (text: string): void => void process.stdout.write(text)

main().catch((error: unknown) => {
  if (error instanceof WrongArguments) process.stderr.write(`bench: ${error.message}\n${HELP}`)
  else process.stderr.write(`bench: ${error instanceof Error ? error.stack : 'unknown failure'}\n`)
  process.exit(error instanceof WrongArguments ? 2 : 1)
})
