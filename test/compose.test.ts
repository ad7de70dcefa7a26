import { execFileSync } from 'node:child_process'

import Ajv2020 from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'

import { readConfig, type SettingName, SETTINGS } from '../config.ts'
import { ROLES } from '../db/migrate.ts'
import { flagsOf } from '../standalone/temporal/temporal-flags.ts'
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts'
import {
  durationMs,
  interpolate,
  read,
  readCompose,
  readEnv,
  ROOT,
  type Service,
  variablesIn,
} from './compose-file.ts'

const compose = readCompose()
const services = Object.entries(compose.services)
const named = (name: string): Service => compose.services[name]!

/** What make-env.sh makes, and what a person fills in. */
let env: Record<string, string>
beforeAll(() => {
  const made = readEnv(execFileSync('sh', ['deploy/make-env.sh'], { cwd: ROOT, encoding: 'utf8' }))
  env = {
    ...made,
    AUTH_ISSUER: 'https://issuer.example',
    AUTH_JWKS: '{"keys":[]}',
    OPERATOR_CODE: 'MOAOPER001',
    OAUTH_CLIENT_ID: 'moa',
    OAUTH_CLIENT_SECRET: 'a secret',
    CONSENT_REDIRECT_URI: 'https://app.example/callback',
  }
})

/** Mains that the image runs, too: one when it is built, one when docs/deploy.md tells of the sandbox. */
const BESIDE = ['worker/bundle-main.ts', 'standalone/demo-main.ts']

/** Our own services, by the main they run. */
const ours = services.flatMap(([name, service]) => {
  const main = mainOf(service)
  return main === null ? [] : [{ name, service, main }]
})

function mainOf({ command = [] }: Service): string | null {
  if (command.includes('deploy/migrate.sh')) return 'db/migrate-main.ts'
  return command.find((part) => part.endsWith('main.ts')) ?? null
}

/** Lists of settings that mains spread, and where they stand. */
const SPREAD = [
  ['...READING_SETTINGS', 'api/policy.ts'],
  ['...TOKEN_SETTINGS', 'api/token-settings.ts'],
  ['...DOOR_SETTINGS', 'api/door.ts'],
] as const

/** The settings a main asks for: those its source names, and those of a list it spreads. */
function settingsOf(main: string): SettingName[] {
  const source = [
    read(main),
    ...SPREAD.filter(([name]) => read(main).includes(name)).map(([, file]) => read(file)),
  ]
  const names = [...source.join('').matchAll(/'([A-Z][A-Z_]+)'/g)].map(([, name]) => name!)
  return [...new Set(names.filter((name): name is SettingName => name in SETTINGS))]
}

describe('the compose file', () => {
  test('keeps the schema of the Compose Specification', () => {
    const validate = new Ajv2020.default({ strict: false, allErrors: true, validateFormats: false }).compile(
      JSON.parse(read('deploy/schema/compose-spec.json')),
    )
    validate(compose)
    expect(validate.errors ?? []).toEqual([])
    expect(validate({ ...compose, services: { api: { image: 'a', prots: ['1'] } } })).toBe(false)
  })

  test('pins every image to a version', () => {
    const images = services.map(([, { image }]) => image)
    expect(images.filter((image) => !/:\d+\.\d+[\w.-]*$/.test(image))).toEqual([])
    const { version } = JSON.parse(read('package.json')) as { version: string }
    expect(new Set(ours.map(({ service }) => service.image))).toEqual(new Set([`moa:${version}`]))
    expect(services.filter(([, { build }]) => build !== undefined).map(([name]) => name)).toEqual(['migrate'])
  })

  test('publishes ports on 127.0.0.1 only, each once, and none of a database', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? [])
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([])
    expect(new Set(ports.map((port) => port.split(':')[1])).size).toBe(ports.length)
    expect(named('postgres').ports ?? named('temporal-postgres').ports).toBeUndefined()
  })

  test('keeps the databases on networks from which nothing reaches the outside', () => {
    for (const name of ['postgres', 'temporal-postgres'])
      expect(named(name).networks!.map((network) => compose.networks[network]?.internal)).toEqual([true])
  })

  test('gives no container a right it has no use for', () => {
    for (const [name, service] of services) {
      expect([name, service.cap_drop, service.security_opt]).toEqual([
        name,
        ['ALL'],
        ['no-new-privileges:true'],
      ])
      expect([name, service.cap_add !== undefined]).toEqual([name, name.endsWith('postgres')])
      expect([name, service.read_only]).toEqual([name, name === 'temporal-ui' ? undefined : true])
      expect([name, service.logging?.options?.['max-size']]).toEqual([name, '10m'])
    }
  })

  test('waits for what each service needs: jobs to be done, the rest to be healthy', () => {
    for (const [name, { depends_on: needs = {} }] of services)
      for (const [other, { condition }] of Object.entries(needs)) {
        const isJob = named(other).restart!.startsWith('on-failure')
        expect([name, other, condition]).toEqual([
          name,
          other,
          isJob ? 'service_completed_successfully' : 'service_healthy',
        ])
        expect([other, named(other).healthcheck !== undefined]).toEqual([other, !isJob])
      }
    const lasting = services.filter(([, { restart }]) => restart === 'unless-stopped')
    expect(lasting.filter(([, { healthcheck }]) => healthcheck === undefined)).toEqual([])
  })

  test('mounts and runs only what is there', () => {
    const files = services.flatMap(([, { command = [], volumes = [], healthcheck }]) => [
      ...volumes.filter((volume) => volume.startsWith('.')).map((volume) => volume.split(':')[0]!),
      ...[...command, ...(healthcheck?.test ?? [])].filter((part) => /^[a-z-]+\/[\w-]+\.(ts|sh)$/.test(part)),
      ...command
        .filter((part) => part.startsWith('/deploy/'))
        .map((part) => part.replace('/deploy', 'deploy/temporal')),
    ])
    expect(files).toContain('worker/alive-main.ts')
    for (const file of files) expect(() => execFileSync('test', ['-e', file], { cwd: ROOT })).not.toThrow()
    const volumes = services
      .flatMap(([, service]) => service.volumes ?? [])
      .map((volume) => volume.split(':')[0]!)
    const kept = volumes.filter((volume) => !volume.startsWith('.'))
    expect(new Set(kept)).toEqual(new Set(Object.keys(compose.volumes)))
  })
})

describe('secrets', () => {
  const text = read('docker-compose.yml')

  test('none has a default, and each says what is missing', () => {
    const secret = /PASSWORD|KEY|CODE$|ISSUER/
    const weak = variablesIn(text).filter(({ name, sentence }) => secret.test(name) && sentence.length < 10)
    expect(weak).toEqual([])
    expect(
      text.match(/^\s*\w*(PASSWORD|KEY|PWD)\w*: *(?!\$\{|[*&]|postgresql:\/\/\w+:\$\{)\S.*$/gm) ?? [],
    ).toEqual([])
    for (const variable of variablesIn(text).filter(({ isRequired }) => isRequired))
      expect(() => interpolate(`\${${variable.name}:?${variable.sentence}}`, {})).toThrow(variable.sentence)
  })

  test('the example names every variable there is, and holds no secret', () => {
    const example = readEnv(read('.env.example'))
    expect(new Set(Object.keys(example))).toEqual(new Set(variablesIn(text).map(({ name }) => name)))
    const given = Object.entries(example).filter(([, value]) => value !== '')
    const fallbacks = new Map(variablesIn(text).map(({ name, fallback }) => [name, fallback]))
    expect(given).toEqual(given.map(([name]) => [name, fallbacks.get(name)]))
  })

  test('those that are made are new each time and fit into a URL', () => {
    const again = readEnv(execFileSync('sh', ['deploy/make-env.sh'], { cwd: ROOT, encoding: 'utf8' }))
    const made = Object.entries(env).filter(([name]) => /PASSWORD|SEALING_KEYS|RECEIPT_KEY/.test(name))
    expect(made.map(([name]) => name)).toContain('MOA_API_PASSWORD')
    for (const [name, value] of made) {
      expect([name, value]).not.toEqual([name, again[name]])
      expect(value).toMatch(/_KEYS?$/.test(name) ? /^(k1:)?[A-Za-z0-9+/]{43}=$/ : /^[0-9a-f]{48}$/)
    }
  })
})

describe('what our mains are told', () => {
  test('each main of a system stands in the file', () => {
    expect(ours.map(({ main }) => main)).toEqual(
      expect.arrayContaining([
        'api/main.ts',
        'worker/main.ts',
        'db/migrate-main.ts',
        'api/enrol-main.ts',
        'sandbox/main.ts',
      ]),
    )
  })

  test.each(ours)(
    '$name starts with what $main asks for, and is told nothing else',
    ({ name, service, main }) => {
      const told = Object.fromEntries(
        Object.entries(service.environment ?? {}).map(([key, value]) => [key, interpolate(value, env)]),
      )
      const asked = settingsOf(main)
      expect(() => readConfig(asked, told)).not.toThrow()
      const passwords = name === 'migrate' ? ROLES.map((role) => `${role.toUpperCase()}_PASSWORD`) : []
      expect(Object.keys(told).filter((key) => !asked.includes(key as SettingName))).toEqual(passwords)
    },
  )

  test('each connects as its own role, to the database of the file', () => {
    const urls = ours.flatMap(({ service }) =>
      Object.entries(service.environment ?? {}).filter(([name]) => name.endsWith('DATABASE_URL')),
    )
    for (const [name, template] of urls) {
      const url = new URL(interpolate(template, env))
      const role = name === 'DATABASE_URL' ? 'postgres' : `moa_${name.split('_')[0]!.toLowerCase()}`
      expect([name, url.username, url.host, url.pathname]).toEqual([
        name,
        role,
        'postgres:5432',
        `/${named('postgres').environment!['POSTGRES_DB']}`,
      ])
      const password = name === 'DATABASE_URL' ? 'POSTGRES_PASSWORD' : `${role.toUpperCase()}_PASSWORD`
      expect(url.password).toBe(env[password])
    }
  })

  test('a worker that is told to stop is given longer than its steps take', () => {
    const { environment = {}, stop_grace_period: grace } = named('worker')
    const steps = Number(environment['SHUTDOWN_GRACE_MS'] ?? SETTINGS.SHUTDOWN_GRACE_MS.default)
    const byForce = Number(
      /shutdownGraceMs \+ ([\d_]+)/.exec(read('worker/worker.ts'))![1]!.replaceAll('_', ''),
    )
    expect(durationMs(grace!)).toBeGreaterThanOrEqual(steps + byForce + 5_000)
  })

  test('a published port is the one that its process listens on', () => {
    const { environment, ports } = named('api')
    expect(ports![0]).toBe(`127.0.0.1:3000:${environment!['API_PORT']}`)
    expect(environment!['API_HOST']).toBe('0.0.0.0')
    expect(named('sandbox').command).toEqual(expect.arrayContaining(['--host=0.0.0.0', '--port=4600']))
    expect(named('sandbox').ports).toEqual(['127.0.0.1:4600:4600'])
  })
})

describe('Temporal', () => {
  test('runs the same server, with the same switches, as the standalone system', () => {
    const flags = flagsOf({
      port: 1,
      namespaceRetentionDays: 7,
      searchAttributes: {},
      cli: { path: '', version: '' },
    })
    const switches = flags
      .filter((_, i) => flags[i - 1] === '--dynamic-config-value')
      .map((flag) => flag.split('='))
    const file = parse(read('deploy/temporal/dynamic-config.yaml')) as Record<
      string,
      { value: boolean | number }[]
    >
    expect(Object.entries(file).map(([key, [only, ...more]]) => [key, `${only!.value}`, ...more])).toEqual(
      switches,
    )
    expect(named('temporal').image.split(':')[1]).toBe(named('temporal-schema').image.split(':')[1])
    expect(named('temporal-namespace').image).toBe(named('temporal-schema').image)
  })

  test('gets every search attribute that runs carry, in the namespace that everyone uses', () => {
    const told = named('temporal-namespace').environment!
    const attributes = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => `${name}=${type}`)
    expect(told['SEARCH_ATTRIBUTES']!.split(' ')).toEqual(attributes)
    const used = ours.map(({ service }) => service.environment?.['TEMPORAL_NAMESPACE'])
    expect(new Set(used.filter((name) => name !== undefined))).toEqual(new Set([told['TEMPORAL_NAMESPACE']]))
  })
})

describe('the image', () => {
  const dockerfile = read('Dockerfile')

  test('stands on a pinned Debian with glibc, holds no tools for development, and does not run as root', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base!)
    expect(bases).toEqual([bases[0], bases[0]])
    expect(bases[0]).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/)
    expect(dockerfile).toContain('npm ci --omit=dev')
    expect(dockerfile.trimEnd().split('\n').at(-1)).toBe('USER node')
  })

  test('is made without secrets, histories of git, data, tests and packages of this machine', () => {
    const ignored = read('.dockerignore').split('\n')
    expect(ignored).toEqual(
      expect.arrayContaining(['.env', '.env.*', '.git', '.moa', 'node_modules', 'test', 'bench']),
    )
    expect(ignored.filter((line) => line.startsWith('!'))).toEqual([])
  })

  test('keeps every file that its mains import', () => {
    const ignored = read('.dockerignore')
      .split('\n')
      .filter((line) => /^[a-z]+$/.test(line))
    const folders = ours.flatMap(({ main }) => importsFrom(main)).map((file) => file.split('/')[0]!)
    expect(folders.filter((folder) => ignored.includes(folder))).toEqual([])
  })

  test('has every package that its mains import', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
    const mains = [...ours.map(({ main }) => main), 'worker/alive-main.ts', ...BESIDE]
    const files = mains.flatMap((main) => importsFrom(main))
    const packages = files.flatMap((file) => specifiers(file).filter((name) => !/^(\.|node:)/.test(name)))
    const names = new Set(
      packages.map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
    )
    expect(names.size).toBeGreaterThan(5)
    const preloaded = ours.flatMap(({ service: { command = [] } }) =>
      command.filter((_, i) => command[i - 1] === '--import'),
    )
    expect([...names, ...preloaded].filter((name) => !(name in dependencies))).toEqual([])
  })
})

/** Every file that a main reaches by imports that are more than types, itself included. */
function importsFrom(main: string, seen = new Set<string>()): string[] {
  if (seen.has(main)) return []
  seen.add(main)
  const next = specifiers(main).filter((name) => name.startsWith('.'))
  return [
    main,
    ...next.flatMap((name) => importsFrom(new URL(name, `file:///${main}`).pathname.slice(1), seen)),
  ]
}

const specifiers = (file: string): string[] =>
  [...read(file).matchAll(/^(?:import|export)\s+(?!type\b)(?:[\w\s{},*]*?\sfrom\s+)?'([^']+)'/gm)].map(
    ([, name]) => name!,
  )
