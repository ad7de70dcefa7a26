import { createAuthority, EXPIRED, selfSigned } from '../../connectors/test-certificates.ts'
import type { Certificates } from '../../sandbox/faults/door-faults.ts'
import { describeFaults } from './support-e2e/fault-table.ts'
import { failed, type PlayedFault, tooSlow, unavailable } from './support-e2e/faults.ts'

/* F23 and F37 of the catalogue: institutions that cannot be connected to, over TLS, before a call can even be made. */

const NAME = 'bank.example'
const authority = createAuthority('Test Authority')
const certificates: Certificates = {
  good: authority.issue({ names: [NAME] }),
  expired: authority.issue({ names: [NAME], ...EXPIRED }),
  selfSigned: selfSigned({ names: [NAME] }),
  wrongName: authority.issue({ names: ['other.example'] }),
}

/** What nobody can mend but the institution; an operator is told. */
const notTrusted = failed('InstitutionNotTrusted', 'institution')

const FAULTS: readonly PlayedFault[] = [
  { name: 'refuses connections', door: 'refuses', ends: unavailable },
  { name: 'refuses the first connection ever', door: 'refuses', isFirst: true, ends: unavailable },
  { name: 'accepts, and says nothing', door: 'silent', limits: { callMs: 500 }, ends: tooSlow },
  {
    name: 'accepts, and says nothing until connecting has taken too long',
    door: 'silent',
    ends: unavailable,
  },
  { name: 'has an expired certificate', door: 'expired', ends: notTrusted },
  { name: 'has signed for itself', door: 'self-signed', ends: notTrusted },
  { name: 'has the certificate of another', door: 'wrong-name', ends: notTrusted },
  { name: 'speaks TLS 1.1', door: 'tls-1.1', ends: notTrusted },
  { name: 'asks who we are', door: 'asks-who', ends: failed('ClientCertificateUnusable', 'us') },
]

describeFaults(FAULTS, {
  sandbox: { institutions: 16, doors: { certificates, name: NAME } },
  http: {
    authorities: authority.cert,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  },
})
