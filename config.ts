import { pathToFileURL } from 'node:url'

type Setting<T, D extends T | null | undefined = T | null | undefined> = {
  sentence: string
  /** Undefined: the setting must be given. Null: it may be absent. */
  default: D
  parse: (text: string) => T
  isSecret?: boolean
  /** A value that NODE_ENV=production does not start with. */
  notInProduction?: string
}

type Fallback = string | null | undefined

const text = <F extends Fallback>(sentence: string, fallback: F, isSecret = false): Setting<string, F> => ({
  sentence,
  default: fallback,
  parse: (value) => value,
  isSecret,
})

const number = (
  sentence: string,
  fallback: number,
  { min = 0, max = Number.MAX_SAFE_INTEGER } = {},
): Setting<number, number> => ({
  sentence: `${sentence} (${min} to ${max === Number.MAX_SAFE_INTEGER ? '…' : max})`,
  default: fallback,
  parse: (value) => {
    const parsed = Number(value)
    if (value.trim() === '' || !Number.isFinite(parsed) || parsed < min || parsed > max) {
      throw new RangeError(`a number from ${min} to ${max}`)
    }
    return parsed
  },
})

const oneOf = <const T extends string>(
  sentence: string,
  values: readonly T[],
  fallback: T,
): Setting<T, T> => ({
  sentence: `${sentence} (${values.join(', ')})`,
  default: fallback,
  parse: (value) => {
    const found = values.find((one) => one === value)
    if (found === undefined) throw new RangeError(`one of ${values.join(', ')}`)
    return found
  },
})

const matching = <F extends Fallback>(
  sentence: string,
  pattern: RegExp,
  wants: string,
  fallback: F,
  isSecret = false,
): Setting<string, F> => ({
  ...text(sentence, fallback, isSecret),
  parse: (value) => {
    if (!pattern.test(value)) throw new RangeError(wants)
    return value
  },
})

/** Enough for a thousand devices that misbehave; a limit that nobody can reach is none. */
const rate = (whose: string, fallback: number) =>
  number(`requests a minute ${whose}, at one process`, fallback, { min: 10, max: 10_000_000 })

/** Waits in seconds, with commas between. */
const waits = (sentence: string, fallback: string) =>
  matching(
    sentence,
    /^[1-9]\d{0,5}(,[1-9]\d{0,5}){0,9}$/,
    'one to ten numbers of seconds: 60,600,3600',
    fallback,
  )

const databaseUrl = (who: string) =>
  matching(
    `PostgreSQL, as ${who}`,
    /^postgres(ql)?:\/\/\S+$/,
    'a URL that begins with postgres://',
    undefined,
    true,
  )

/** Who signs the tokens of people on a machine where there is nobody else to. Production has an issuer of its own. */
export const DEVELOPMENT_ISSUER = 'urn:moa:development-issuer'

/** Every setting of Moa. This file is the only reader of the environment. */
export const SETTINGS = {
  DATABASE_URL: databaseUrl('the owner of the schema: for migrations only'),
  API_DATABASE_URL: databaseUrl('moa_api'),
  WORKER_DATABASE_URL: databaseUrl('moa_worker'),
  CARETAKER_DATABASE_URL: databaseUrl('moa_caretaker'),
  OPERATOR_DATABASE_URL: databaseUrl('moa_operator'),
  KEYS_DATABASE_URL: databaseUrl('moa_keys'),
  AUDITOR_DATABASE_URL: databaseUrl('moa_auditor'),
  API_DATABASE_CONNECTIONS: number('connections of one API process', 10, { min: 1, max: 200 }),
  WORKER_DATABASE_CONNECTIONS: number('connections of one worker process', 20, { min: 1, max: 200 }),

  TEMPORAL_ADDRESS: matching(
    'host:port of the Temporal front end',
    /^\S+:\d+$/,
    'host:port',
    '127.0.0.1:7233',
  ),
  TEMPORAL_NAMESPACE: text('namespace of the runs', 'default'),
  TEMPORAL_API_KEY: text('key for Temporal Cloud', null, true),
  TEMPORAL_TLS: oneOf('whether the front end is reached through TLS', ['true', 'false'], 'false'),
  TEMPORAL_CLI: text('path of a Temporal CLI for the standalone system', null),

  PROFILE: oneOf('how the parts are spread', ['machine'], 'machine'),
  SEALING_KEYS: text(
    'keys that wrap the users’ keys, each an id and 32 bytes as base64, the first for what is new: k2:…,k1:…',
    null,
    true,
  ),
  SEALING_KEYS_FILE: text('file that holds what SEALING_KEYS would, for its owner alone', null),
  OAUTH_CLIENT_ID: text(
    'who we are to the institutions, where people consent and when we ask for tokens',
    undefined,
  ),
  OAUTH_CLIENT_SECRET: text('what proves it to them', undefined, true),
  OPERATOR_CODE: matching(
    'our own organisation code, in every x-api-tran-id',
    /^[A-Za-z0-9]{10}$/,
    'ten letters and digits',
    'MOAOPER001',
  ),
  INSTITUTIONS_FILE: text('JSON file that fills the table of institutions at migration', null),

  CONSENT_REDIRECT_URI: matching(
    'where institutions send people back to, exactly as it is registered there',
    /^https?:\/\/[^\s#]{1,92}$/,
    'a URL of at most 100 characters, without #',
    undefined,
  ),
  INTEGRATED_AUTHORIZE_URL: matching(
    'where people agree to many institutions at once; without it one by one',
    /^https?:\/\/[^\s?#]+$/,
    'a URL that begins with http:// or https://, without ? and #',
    null,
  ),
  CONSENT_LONGEST_DAYS: number(
    'how long a consent may last: a year by the first rules, five by the second',
    365,
    {
      min: 1,
      max: 1_827,
    },
  ),

  API_HOST: text('address the API listens on', '127.0.0.1'),
  API_PORT: number('port the API listens on', 3000, { min: 0, max: 65_535 }),
  STREAMS_PER_USER: number('streams that one user may have open at one API process', 8, { min: 1, max: 100 }),
  STREAMS_PER_PROCESS: number('streams that one API process keeps open', 5_000, { min: 1, max: 50_000 }),
  RATE_PER_USER: rate('of one person', 1_200),
  RATE_PER_ADDRESS: rate(
    'from one address, an IPv6 network of 64 bits, or a mobile network’s many people',
    12_000,
  ),
  RATE_PER_PROCESS: rate('of everybody', 60_000),
  CONNECTIONS_PER_ADDRESS: number('connections of one address; not counted behind proxies', 2_000, {
    min: 1,
    max: 50_000,
  }),
  TRUSTED_PROXIES: number('proxies of ours before the listeners, whose X-Forwarded-For is believed', 0, {
    max: 5,
  }),
  BEHIND_TLS: oneOf(
    'whether browsers reach the listeners through TLS alone, and are told to keep to it',
    ['true', 'false'],
    'false',
  ),
  AUTH_ISSUER: text('issuer that user tokens must name', undefined),
  AUTH_AUDIENCE: text('audience that user tokens must name', 'moa'),
  AUTH_JWKS: text(
    'public keys of the issuer: a JWKS as JSON, or the https URL of one; without it the issuer says where they are',
    null,
  ),
  AUTH_CLOCK_TOLERANCE_SECONDS: number(
    'how far clocks may differ: tokens that were issued further ahead are refused',
    10,
    { min: 10, max: 60 },
  ),
  AUTH_ROLES_CLAIM: matching(
    'claim of operators’ tokens that lists their roles; dots lead into it: realm_access.roles',
    /^[\x21-\x7e]{1,128}$/,
    '1 to 128 visible characters',
    'roles',
  ),
  NODE_ENV: text('production refuses what is for development and sandboxes only', 'development'),

  OPERATOR_HOST: text('address the operator listener listens on: never a public one', '127.0.0.1'),
  OPERATOR_PORT: number('port the operator listener listens on', 3001, { min: 0, max: 65_535 }),
  OPERATOR_AUTH_AUDIENCE: text('audience that tokens of operators must name', 'moa-operator'),
  TEMPORAL_UI_URL: matching(
    'Temporal Web UI, for links from a refresh to its trace',
    /^https?:\/\/[^\s?#]+$/,
    'a URL that begins with http:// or https://',
    null,
  ),

  CALL_TIMEOUT_MS: number('one call to an institution, first byte to last', 20_000, {
    min: 100,
    max: 60_000,
  }),
  ATTEMPT_TIMEOUT_MS: number('one attempt at one institution', 120_000, { min: 1_000 }),
  READING_TIMEOUT_MS: number('all quick attempts at one institution', 300_000, { min: 1_000 }),
  FIRST_ATTEMPT_TIMEOUT_MS: number('one attempt at a first reading of twelve months', 600_000, {
    min: 1_000,
  }),
  FIRST_READING_TIMEOUT_MS: number('all quick attempts at a first reading', 1_800_000, { min: 1_000 }),
  HEARTBEAT_TIMEOUT_MS: number('a worker that is silent for longer is taken for dead', 10_000, {
    min: 1_000,
  }),
  QUICK_TRIES: number('attempts at one institution before its failure is written down', 3, {
    min: 1,
    max: 10,
  }),
  WAITS_SECONDS: waits(
    'how long a failed reading waits before its next rounds, each up to a quarter longer; the last repeats until the deadline',
    '60,600,3600,21600',
  ),
  HISTORY_MONTHS: number('how far back a first reading goes', 12, { min: 1, max: 12 }),
  RECEIPT_KEY: matching(
    'key that signs receipts (Ed25519): 32 bytes as base64',
    /^[A-Za-z0-9+/]{43}=$/,
    '32 bytes as base64 (openssl rand -base64 32)',
    undefined,
    true,
  ),
  REVOKE_LIMIT_HOURS: number(
    'how long an institution is asked to end what it gave before an operator is told that it does not answer',
    72,
    { min: 0, max: 720 },
  ),
  CARETAKER_EVERY_MS: number('pause between two rounds of the caretaker', 5_000, { min: 100 }),
  SNAPSHOT_RETENTION_DAYS: number(
    'how long a snapshot can still be read once a newer one is shown: a year, and a month to ask about it',
    400,
    { min: 1, max: 3_650 },
  ),
  PURGE_GRACE_MINUTES: number('how much longer it stays for whoever began to read it just before', 60, {
    min: 1,
    max: 1_440,
  }),
  STATISTICS_RETENTION_DAYS: number(
    'how long it is known, minute by minute, how calls to institutions ended: 45 MB a day for a hundred of them at most',
    14,
    { min: 1, max: 400 },
  ),
  PURGER_EVERY_MS: number('pause between two rounds of purging; each user has a turn once a day', 60_000, {
    min: 100,
  }),
  ALLOW_PLAIN_HTTP: oneOf(
    'whether institutions may be reached without TLS: sandboxes only',
    ['true', 'false'],
    'false',
  ),

  ALLOW_PRIVATE_INSTITUTIONS: {
    ...oneOf(
      'whether institutions may be on private addresses: sandboxes only, never in production',
      ['true', 'false'],
      'false',
    ),
    notInProduction: 'true',
  },
  INSTITUTION_TLS_MIN: oneOf('the oldest TLS that institutions are spoken to in', ['1.2', '1.3'], '1.3'),
  CLIENT_CERTIFICATES: text(
    'folder of what we prove ourselves to institutions with: <institutionId>.pem and <institutionId>.key',
    null,
  ),

  WORKFLOW_BUNDLE: text('path of a bundle built beforehand; without it the worker builds its own', null),
  SHUTDOWN_GRACE_MS: number('how long running steps may take to finish at shutdown', 8_000, { min: 0 }),
  LOG_LEVEL: oneOf('how much is logged', ['debug', 'info', 'warn', 'error', 'silent'], 'info'),
  FAILPOINTS: text('tests only: name=kill@n, name=delay:ms, name=throw; separated by commas', ''),
  MOA_SEED: matching('tests only: repeats the draw that a failed run named', /^\d+$/, 'a whole number', null),
  MOA_HOME: text('folder of everything the standalone system keeps', '.moa'),
} as const satisfies Record<string, Setting<string> | Setting<number>>

export type SettingName = keyof typeof SETTINGS

type Value<S> = S extends { parse: (text: string) => infer T; default: infer D }
  ? null extends D
    ? T | null
    : T
  : never
type ValueOf<N extends SettingName> = Value<(typeof SETTINGS)[N]>
export type Config<N extends SettingName> = { readonly [K in N]: ValueOf<K> }

/** Everything that is wrong, one line each; nothing is started on half a configuration. */
export class WrongSettings extends Error {
  constructor(lines: readonly string[]) {
    super(lines.join('\n'))
    this.name = 'WrongSettings'
  }
}

/** The settings a main asks for, parsed. Throws WrongSettings with a line for each that is missing or wrong. */
export function readConfig<N extends SettingName>(names: readonly N[], env = process.env): Config<N> {
  const wrong: string[] = []
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const name of names) {
    const setting: Setting<string> | Setting<number> = SETTINGS[name]
    const given = env[name]
    if (given === undefined || given === '') {
      if (setting.default === undefined) wrong.push(`${name} is missing: ${setting.sentence}`)
      else values[name] = setting.default
      continue
    }
    if (given === setting.notInProduction && env['NODE_ENV'] === 'production') {
      wrong.push(`${name} must not be ${given} where NODE_ENV is production: ${setting.sentence}`)
      continue
    }
    try {
      values[name] = setting.parse(given)
    } catch (error) {
      wrong.push(
        `${name} must be ${error instanceof Error ? error.message : 'something else'}: ${setting.sentence}`,
      )
    }
  }
  if (wrong.length > 0) throw new WrongSettings(wrong)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every name was parsed or has thrown above
  return values as Config<N>
}

/** Settings that say something of the machine, so that what is started on it must hear them, too. */
const OF_THE_MACHINE = new Set(['NODE_ENV'])

/** What a child process of ours needs of our own environment to run at all, and nothing that configures Moa. */
export function inheritedEnvironment(env = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || (Object.hasOwn(SETTINGS, name) && !OF_THE_MACHINE.has(name))
        ? []
        : [[name, value]],
    ),
  )
}

/** The whole environment, for what looks for programs and registries by it. */
export const wholeEnvironment = (): Record<string, string | undefined> => process.env

/** Every setting in one table: name, default, sentence, and what it is now (never a secret). */
export function configTable(env = process.env): string {
  const rows = Object.entries(SETTINGS).map(
    ([name, setting]: [string, Setting<string> | Setting<number>]) => {
      const fallback =
        setting.default === undefined ? 'required' : setting.default === null ? '–' : String(setting.default)
      const given = env[name]
      const now = given === undefined || given === '' ? '' : setting.isSecret ? '(set)' : given
      return [name, fallback, now, setting.sentence]
    },
  )
  const table = [['setting', 'default', 'now', 'what it is'], ...rows]
  const width = (column: number) => Math.max(...table.map((row) => row[column]!.length))
  return table
    .map((row) => row.map((cell, i) => (i === 3 ? cell : cell.padEnd(width(i)))).join('  '))
    .join('\n')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(`${configTable()}\n`)
