import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { NotConnected } from './not-connected.ts'

/** What proves us to an institution: the certificate with its chain, and its key; both PEM. */
export type ClientCertificate = { cert: string; key: string }

/** What an institution is shown; null where nothing was laid down for it. Throws where that cannot be shown. */
export type CertificateOf = (institutionId: string) => Promise<ClientCertificate | null>

// Institutions' ids become names of files: letters and digits, as the portal gives them, and what tests may add.
const FILE_NAME = /^[A-Za-z0-9_-]{1,64}$/

/**
 * Certificates of a folder: `<institutionId>.pem` and `<institutionId>.key`. Half of a pair, a key of another
 * certificate, or a certificate that is not valid now, is shown to nobody: the connection is not made.
 */
export function createClientCertificates(folder: string, now = () => new Date()): CertificateOf {
  return async (institutionId) => {
    if (!FILE_NAME.test(institutionId)) return null
    const [cert, key] = await Promise.all([
      readIfThere(join(folder, `${institutionId}.pem`)),
      readIfThere(join(folder, `${institutionId}.key`)),
    ])
    if (cert === null && key === null) return null
    if (cert === null || key === null)
      throw unusable(`${institutionId}.${cert === null ? 'pem' : 'key'} beside its other half`)
    check(cert, key, now())
    return { cert, key }
  }
}

function check(cert: string, key: string, now: Date): void {
  const parsed = read(() => new X509Certificate(cert), 'a certificate in PEM')
  const privateKey = read(() => createPrivateKey(key), 'a private key in PEM, without a passphrase')
  if (!parsed.checkPrivateKey(privateKey)) throw unusable('the key of the client certificate')
  if (now < new Date(parsed.validFrom)) throw unusable('a client certificate that is valid already')
  if (now >= new Date(parsed.validTo)) throw unusable('a client certificate that has not expired')
}

function read<T>(parse: () => T, expected: string): T {
  try {
    return parse()
  } catch {
    // What the parser says may quote what it found.
    throw unusable(expected)
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw unusable('a file that can be read')
  }
}

const unusable = (expected: string): NotConnected =>
  new NotConnected('ClientCertificateUnusable', `expected ${expected}`)
