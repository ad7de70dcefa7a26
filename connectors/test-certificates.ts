import { generateKeyPairSync, randomBytes } from 'node:crypto'

import forge from 'node-forge'

/** For tests: a certificate and its key, both PEM. */
export type Pair = { cert: string; key: string }

type Wanted = {
  /** Whom it names: hosts of a server, or the one name of a client. */
  names: readonly string[]
  validFrom?: Date
  validTo?: Date
}

const HOUR_MS = 60 * 60 * 1000
const fromNow = (hours: number): Date => new Date(Date.now() + hours * HOUR_MS)

export const EXPIRED = { validFrom: fromNow(-48), validTo: fromNow(-24) }
export const NOT_YET_VALID = { validFrom: fromNow(24), validTo: fromNow(48) }

/** An authority that nobody knows but who is told: it signs what tests need, and nothing outlives the test. */
export function createAuthority(name: string) {
  const own = newKeys()
  const certificate = made({ names: [name] }, own.publicKey, {
    issuer: name,
    key: own.privateKey,
    isAuthority: true,
  })
  return {
    cert: forge.pki.certificateToPem(certificate),
    issue: (wanted: Wanted): Pair => {
      const keys = newKeys()
      const issued = made(wanted, keys.publicKey, { issuer: name, key: own.privateKey, isAuthority: false })
      return { cert: forge.pki.certificateToPem(issued), key: keys.pem }
    },
  }
}

/** A certificate that nobody has signed but its own key. */
export function selfSigned(wanted: Wanted): Pair {
  const keys = newKeys()
  const signer = { issuer: wanted.names[0] ?? '', key: keys.privateKey, isAuthority: false }
  return { cert: forge.pki.certificateToPem(made(wanted, keys.publicKey, signer)), key: keys.pem }
}

type Signer = { issuer: string; key: forge.pki.rsa.PrivateKey; isAuthority: boolean }

function made(
  { names, validFrom = fromNow(-1), validTo = fromNow(1) }: Wanted,
  key: forge.pki.rsa.PublicKey,
  by: Signer,
) {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = key
  // Positive: the first byte is below 0x80.
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`
  certificate.validity.notBefore = validFrom
  certificate.validity.notAfter = validTo
  certificate.setSubject([{ name: 'commonName', value: names[0] ?? '' }])
  certificate.setIssuer([{ name: 'commonName', value: by.issuer }])
  // 2: the name of a host.
  const altNames = names.map((value) => ({ type: 2, value }))
  certificate.setExtensions([
    { name: 'basicConstraints', cA: by.isAuthority },
    ...(by.isAuthority ? [] : [{ name: 'subjectAltName', altNames }]),
  ])
  certificate.sign(by.key, forge.md.sha256.create())
  return certificate
}

/** Keys made by Node, which is a hundred times faster, as the signing library has them. */
function newKeys() {
  const { privateKey: pem } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const privateKey = forge.pki.privateKeyFromPem(pem)
  return { pem, privateKey, publicKey: forge.pki.setRsaPublicKey(privateKey.n, privateKey.e) }
}
