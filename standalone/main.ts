import { readConfig, WrongSettings } from '../config.ts'
import { reportAndExit } from '../mains.ts'
import { HELP, readArguments, type Wanted, WrongArguments } from './arguments.ts'
import { DEMO_OPERATOR, DEMO_PERSON } from './demo-user.ts'
import { endAll, firstSignal } from './ending.ts'
import { type Home, leaveHome, openHome } from './home.ts'
import { createIssuer } from './issuer.ts'
import { createApiClient } from './story/api-client.ts'
import { gather } from './story/gather.ts'
import { invitationLines } from './story/invitation.ts'
import { keepShowing } from './story/keep-showing.ts'
import { failureJson, resultJson } from './story/result-json.ts'
import { isComplete } from './story/result.ts'
import { createScreen, type Screen } from './story/screen.ts'
import { createSystem, type System } from './system.ts'

/** Since the process began: loading this file is part of the wait. */
const startedAt = Math.round(performance.timeOrigin)

const NOT_FOR_PRODUCTION =
  'NODE_ENV must not be production: this system signs the tokens of its people by itself; docs/deploy.md tells of one that does not'

/** Starts all of Moa, shows what it is for, and stays until it is told to end. */
async function main(): Promise<void> {
  const wanted = readArguments(process.argv.slice(2))
  if (wanted.help) return void process.stdout.write(HELP)
  const config = readConfig(['MOA_HOME', 'TEMPORAL_CLI', 'NODE_ENV'])
  if (config.NODE_ENV === 'production') throw new WrongSettings([NOT_FOR_PRODUCTION])
  const screen = createScreen({ isQuiet: wanted.json, startedAt })
  const home = await openHome(config.MOA_HOME, wanted)
  const system = createSystem({
    home,
    temporalCli: config.TEMPORAL_CLI,
    profile: wanted.profile,
    report: screen,
  })
  const signalled = firstSignal(system.kill)
  const isGood = await untilOver(system, signalled, wanted, screen, home)
  const isOrderly = await endAll(system)
  await leaveHome(home)
  if (!isOrderly) screen.error('moa: not everything would stop by itself: it was killed')
  else if (!wanted.once) screen.say('Everything has ended.')
  process.exit(isGood && isOrderly ? 0 : 1)
}

/** Runs the whole until it is done, told to end, or broken. Answers whether it went well. */
async function untilOver(
  system: System,
  signalled: Promise<NodeJS.Signals>,
  wanted: Wanted,
  screen: Screen,
  home: Home,
): Promise<boolean> {
  let hasResult = false
  const ending = new AbortController()
  const broken = system.over.then((error) => Promise.reject(error))
  const interrupted = signalled.then((signal) => {
    screen.say('', `${signal}: everything is being stopped; once more ends it by force`)
    return hasResult && !wanted.once
  })
  const shown = show(system, wanted, screen, home, ending.signal).then((isGood) => {
    hasResult = true
    return wanted.once ? isGood : new Promise<never>(() => {})
  })
  try {
    return await Promise.race([shown, interrupted, broken])
  } catch (error) {
    const message = error instanceof Error ? error.message : 'for an unknown reason'
    screen.error(`moa ends: ${message}`)
    if (wanted.json) screen.json(failureJson(message, Date.now() - startedAt))
    return false
  } finally {
    ending.abort()
    screen.waiting('')
  }
}

/** The story: everything starts, the accounts of an invented person come in, what to do next, and what then happens. */
async function show(
  system: System,
  wanted: Wanted,
  screen: Screen,
  home: Home,
  ending: AbortSignal,
): Promise<boolean> {
  screen.say(`Moa, all of it on this machine; its data is in ${home.folder}`)
  if (!home.postgres.startsWith(home.folder))
    screen.say(`PostgreSQL's user may not enter there: what it keeps is in ${home.postgres}`)
  screen.say('')
  const { demo, isNew, operator, issuerKey, urls } = await system.start()
  const startMs = Date.now() - startedAt
  const issuer = createIssuer(issuerKey)
  const token = await issuer.tokenFor(DEMO_PERSON)
  const api = createApiClient(urls.api, token)
  const { userKey } = demo
  const asked = { api, screen, person: DEMO_PERSON, userKey, isNew, webUi: urls.webUi }
  const { result, run, ms, heard } = await gather(asked)
  const totalMs = Date.now() - startedAt
  const shownUrls = { api: urls.api, webUi: urls.webUi, run }
  if (wanted.json) screen.json(resultJson(result, { startMs, refreshMs: ms, totalMs }, shownUrls))
  if (!wanted.once) {
    await operator()
    const operatorToken = await issuer.operatorTokenFor(DEMO_OPERATOR)
    const all = { ...shownUrls, sandbox: urls.sandbox, operator: urls.operator }
    const tokens = { token, operatorToken, person: DEMO_PERSON }
    const { no: refreshNo, state } = result.refresh
    screen.say('', ...invitationLines({ urls: all, logs: home.logs, ...tokens, refreshNo, userKey }))
    void keepShowing({ api, screen, shown: { refreshNo, isOpen: state === 'parked', heard }, signal: ending })
  }
  return isComplete(result)
}

main().catch((error: unknown) => {
  if (!(error instanceof WrongArguments)) return reportAndExit(error)
  process.stderr.write(`${error.message}\n`)
  process.exit(2)
})
