import { parseArgs } from 'node:util'

export const MEASURES = [
  'start',
  'overhead',
  'throughput',
  'storage',
  'event',
  'streams',
  'parked',
  'row-security',
  'sealing',
  'not-yours',
  'slow-institution',
  'deadlines',
] as const
export type MeasureName = (typeof MEASURES)[number]

/** How much to measure. */
export type Effort = {
  measures: MeasureName[]
  /** A few minutes in total: to see that everything works, not for figures to quote. */
  quick: boolean
  rounds: number
  /** Where the JSON goes. */
  file: string | null
}

export const HELP = `npm run bench -- [${MEASURES.join(' ')}] [--quick] [--rounds N] [--json FILE]

Without names everything is measured, in this order, on a system of its own: PostgreSQL with fsync, Temporal's
development server on a file, one worker, one API and twenty invented banks, each a process, on 127.0.0.1 only.
`

const MOST_ROUNDS = 50

export class WrongArguments extends Error {}

/** What the command line asks for; null: to be told how to ask. Throws WrongArguments. */
export function readArguments(given: readonly string[]): Effort | null {
  const { values, positionals } = parsed(given)
  if (values.help) return null
  const unknown = positionals.find((name) => !isMeasure(name))
  if (unknown !== undefined) throw new WrongArguments(`${unknown} is none of ${MEASURES.join(', ')}`)
  const rounds = values.rounds === undefined ? (values.quick ? 1 : 5) : Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MOST_ROUNDS)
    throw new WrongArguments(`--rounds: 1 to ${MOST_ROUNDS}`)
  return {
    measures: MEASURES.filter((name) => positionals.length === 0 || positionals.includes(name)),
    quick: values.quick,
    rounds,
    file: values.json ?? null,
  }
}

const isMeasure = (name: string): name is MeasureName => MEASURES.some((known) => known === name)

function parsed(given: readonly string[]) {
  try {
    return parseArgs({
      args: [...given],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new WrongArguments(error instanceof Error ? error.message : 'unreadable')
  }
}
