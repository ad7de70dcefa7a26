import { buildConnector } from 'undici'

import type { CertificateOf, ClientCertificate } from './client-certificates.ts'
import { createPinnedLookup, type Judging } from './pinned-lookup.ts'

export type ConnectOptions = Judging & {
  connectTimeoutMs: number
  /** The oldest TLS that is spoken. */
  minTls?: '1.2' | '1.3'
  /** Certificates of authorities to be believed instead of the usual ones, as PEM. */
  authorities?: string
  /** What an institution is shown of us. */
  certificateOf?: CertificateOf
}

type Connect = buildConnector.connector

/** How an institution's connections are made: to a judged address, with TLS that is verified, and showing who we are. */
export function createConnects(options: ConnectOptions): (institutionId: string) => Connect {
  const { lookup, checkLiteral } = createPinnedLookup(options)
  const certificateOf = options.certificateOf ?? (async () => null)

  return (institutionId) => {
    let shown: { certificate: ClientCertificate | null; connect: Connect } | null = null

    /** Asked anew for each connection, so that a renewed certificate is shown from the next one on. */
    async function current(): Promise<Connect> {
      const certificate = await certificateOf(institutionId)
      if (shown === null || !isSame(shown.certificate, certificate))
        shown = { certificate, connect: connectWith(certificate, lookup, options) }
      return shown.connect
    }

    async function start(...[target, callback]: Parameters<Connect>): Promise<void> {
      checkLiteral(target.hostname)
      const connect = await current()
      connect(target, callback)
    }

    return (target, callback) => void start(target, callback).catch((error: Error) => callback(error, null))
  }
}

const connectWith = (
  certificate: ClientCertificate | null,
  lookup: ReturnType<typeof createPinnedLookup>['lookup'],
  { connectTimeoutMs, minTls = '1.3', authorities }: ConnectOptions,
): Connect =>
  buildConnector({
    ...certificate,
    ...(authorities === undefined ? {} : { ca: authorities }),
    lookup,
    timeout: connectTimeoutMs,
    minVersion: `TLSv${minTls}`,
    // Said, because an environment variable of Node's turns it off where nothing is said.
    rejectUnauthorized: true,
  })

const isSame = (one: ClientCertificate | null, other: ClientCertificate | null): boolean =>
  one?.cert === other?.cert && one?.key === other?.key
