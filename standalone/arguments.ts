import { parseArgs } from 'node:util'

type Flags = { once: boolean; json: boolean; reset: boolean; help: boolean }
/** Profile: how the institutions behave; null: at once and well. The sandbox knows the names. */
export type Wanted = Flags & { profile: string | null }

/** One line saying what was wrong with the command line. */
export class WrongArguments extends Error {}

export const HELP = `npm start -- [options]

Starts all of Moa on this machine: PostgreSQL, Temporal with its Web UI, six invented banks, worker and API;
then gathers the accounts of an invented person and shows them. Ctrl-C ends everything. What was gathered stays
in the folder MOA_HOME (default: .moa) and is found again by the next start.

  --once     end as soon as the snapshot is there (exit code 0 only if it is complete)
  --json     with --once: one JSON object on stdout, and nothing else
  --reset    forget everything gathered so far and begin anew (the cache of programs stays)
  --profile NAME
             how the institutions behave: calm, realistic, storm or outage:SBXBANK002
  --help     this text
`

/** What the person who starts Moa wants. Throws WrongArguments. */
export function readArguments(given: readonly string[]): Wanted {
  const options = { profile: { type: 'string' } } as const
  const { tokens } = parseArgs({ args: [...given], options, strict: false, tokens: true })
  const wanted: Wanted = { once: false, json: false, reset: false, help: false, profile: null }
  for (const token of tokens) {
    if (token.kind === 'option' && token.rawName === '--profile') {
      wanted.profile = profileOf(token.value)
      continue
    }
    const { name, isFlag } = flagOf(token)
    if (!isFlag || !isKnown(name)) throw new WrongArguments(`moa: unknown option ${name} (see --help)`)
    wanted[name] = true
  }
  if (wanted.json && !wanted.once && !wanted.help)
    throw new WrongArguments('moa: --json goes with --once (see --help)')
  return wanted
}

function profileOf(value: string | undefined): string {
  if (value !== undefined && PROFILES.test(value)) return value
  throw new WrongArguments(
    'moa: --profile calm, realistic, storm or outage:<an institution of the sandbox> (see --help)',
  )
}

const PROFILES = /^(?:calm|realistic|storm|outage:SBX(?:BANK|CARD)\d{3})$/

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]

/** A flag has two dashes and no value; whatever else was written is told as it was written. */
function flagOf(token: Token): { name: string; isFlag: boolean } {
  if (token.kind === 'positional') return { name: token.value, isFlag: false }
  if (token.kind === 'option-terminator') return { name: '--', isFlag: false }
  if (token.value !== undefined) return { name: `${token.rawName}=${token.value}`, isFlag: false }
  return token.rawName === `--${token.name}`
    ? { name: isKnown(token.name) ? token.name : token.rawName, isFlag: true }
    : { name: token.rawName, isFlag: false }
}

const isKnown = (name: string): name is keyof Flags => ['once', 'json', 'reset', 'help'].includes(name)
