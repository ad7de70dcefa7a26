import { workflowBundle } from './bundle.ts'
import { type Ports, choosePorts, tellOtherPorts } from './choose-ports.ts'
import { type Home } from './home.ts'
import { openLog } from './logs.ts'
import { createParts } from './parts.ts'
import { type Death } from './processes/processes.ts'
import { readSecrets } from './secrets.ts'
import { createStarts, type Starts } from './starts.ts'

export type Report = {
  /** One thing runs now. */
  running: (what: string, where: string) => void
  /** Something a person may want to know. */
  note: (line: string) => void
}

export type SystemOptions = { home: Home; temporalCli: string | null; profile: string | null; report: Report }

/** All of Moa on this machine. What was started can be stopped at any moment, also while the rest is starting. */
export function createSystem(options: SystemOptions) {
  const parts = createParts()
  const onDied = ({ sentence, willRestart }: Death) => {
    if (!parts.isStopping() && willRestart) options.report.note(`${sentence}: it is started again`)
  }

  const report: Report = {
    ...options.report,
    running: (what, where) => void (parts.isStopping() || options.report.running(what, where)),
  }

  async function start() {
    const { home } = options
    const secrets = await readSecrets(home.secrets, home.postgres)
    const ports = await choosePorts()
    for (const line of tellOtherPorts(ports)) report.note(line)
    const logs = await openLogs(home.logs)
    const starts = createStarts({ ...options, report, parts, onDied, secrets, ports, logs })
    const setup = { log: logs.setup, stopping: parts.stopping }
    const { demo, isNew } = await inParallel(starts, async () => workflowBundle(home.cache, setup))
    /** For whoever stays to look: a start that only gathers does not wait for it. */
    const { operator } = starts
    return { demo, isNew, operator, issuerKey: secrets.issuerKey, urls: urlsOf(ports) }
  }

  /** Everything as early as what it needs is there. The worker may still be coming when this resolves. */
  async function inParallel(starts: Starts, buildBundle: () => Promise<string>) {
    const postgres = parts.needed(starts.postgres())
    const sandbox = parts.needed(starts.sandbox())
    const migrated = parts.needed(starts.migrate(Promise.all([postgres, sandbox])))
    const temporal = parts.needed(starts.temporal())
    const enrolment = parts.needed(starts.enrol(migrated))
    const api = parts.needed(starts.api())
    const ready = parts.needed(Promise.all([migrated, temporal]))
    void parts.needed(buildBundle().then(async (path) => starts.worker(path, ready)))
    const [enrolled] = await Promise.all([enrolment, api, migrated])
    return enrolled
  }

  return { start, stop: parts.stop, kill: parts.kill, over: parts.over }
}

export type System = ReturnType<typeof createSystem>

async function openLogs(folder: string) {
  const open = async (name: string) => openLog(folder, name)
  const [postgres, temporal, sandbox, worker, api, operator, setup] = await Promise.all([
    open('postgres'),
    open('temporal'),
    open('sandbox'),
    open('worker'),
    open('api'),
    open('operator'),
    open('setup'),
  ])
  return { postgres, temporal, sandbox, worker, api, operator, setup }
}

export type Logs = Awaited<ReturnType<typeof openLogs>>

const urlsOf = (ports: Ports) => ({
  api: `http://127.0.0.1:${ports['the API']}`,
  operator: `http://127.0.0.1:${ports['the operator listener']}`,
  webUi: `http://127.0.0.1:${ports['the Web UI']}`,
  sandbox: `http://127.0.0.1:${ports['the sandbox']}`,
})

export type Urls = ReturnType<typeof urlsOf>
