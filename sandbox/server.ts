import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'

import { coded } from './answer.ts'
import { placeOf, serveConsent } from './consent-server.ts'
import { serveControl } from './control-routes.ts'
import { type Control, createControl } from './control.ts'
import { createWorld, type SandboxOptions } from './create-world.ts'
import { exchange } from './exchange.ts'
import type { Institution } from './institutions.ts'
import { listen, portOf } from './listen.ts'
import { LIVE, serveLive } from './live.ts'
import { isFromElsewhere, servePage } from './page-files.ts'
import type { World } from './world.ts'

export type { SandboxOptions } from './create-world.ts'

export type SandboxInstitution = Pick<Institution, 'institutionId' | 'industry' | 'name'> & {
  baseUrl: string
}
export type Sandbox = {
  url: string
  port: number
  institutions: SandboxInstitution[]
  control: Control
  close: () => Promise<void>
}

/** Starts the institutions, each below its own base path. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { world, flush } = createWorld(options)
  const control = createControl(world)
  const onRequest: RequestListener = (request, response) => {
    serve(world, control, request, response).catch((error: unknown) => {
      process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : 'unknown failure'}\n`)
      response.destroy()
    })
  }
  const server = createServer(onRequest)
  const host = options.host ?? '127.0.0.1'
  await listen(server, options.port ?? 0, host)
  const port = portOf(server.address())
  const url = `http://${host}:${port}`
  const baseUrl = options.baseUrl ?? url
  world.baseUrl = baseUrl
  const ids = [...world.institutions.keys()]
  const own = options.doors ? await world.doors.open(ids, onRequest, { host, ...options.doors }) : undefined
  return {
    url,
    port,
    institutions: [...world.institutions.values()].map(({ institutionId, industry, name }) => ({
      institutionId,
      industry,
      name,
      baseUrl: own?.get(institutionId) ?? `${baseUrl}/${institutionId}`,
    })),
    control,
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      server.closeAllConnections()
      await Promise.all([closed, world.doors.close()])
      flush()
    },
  }
}

async function serve(world: World, control: Control, request: IncomingMessage, response: ServerResponse) {
  const asked = request.url ?? '/'
  const url = new URL(URL.canParse(asked, 'http://sandbox') ? asked : '/', 'http://sandbox')
  const [, first = '', rest = ''] = /^\/([^/]*)(.*)$/.exec(url.pathname) ?? []
  if (first === '_sandbox') {
    if (isFromElsewhere(request)) return response.writeHead(403).end()
    if (rest === LIVE) return serveLive(world, response)
    return servePage(rest, request, response) || serveControl(control, url, rest, request, response)
  }
  const place = placeOf(world, first, rest)
  if (place) return serveConsent({ world, place, path: rest, url, request, response })
  const institution = world.institutions.get(first)
  if (institution) return exchange({ world, institution, path: rest, url, request, response })
  world.violations.record('unknown-path', '-', 'no such institution')
  const { status, body } = coded('40401')
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body))
}
