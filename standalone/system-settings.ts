import { hash } from 'node:crypto'

import { DEVELOPMENT_ISSUER } from '../config.ts'
import { type Ports } from './choose-ports.ts'
import { createIssuer, DEVELOPMENT_AUDIENCE, DEVELOPMENT_OPERATOR_AUDIENCE } from './issuer.ts'
import { type Secrets } from './secrets.ts'

/** How long the worker's running steps may take when all is to stop: what is cut short, another start does again. */
export const WORKER_GRACE_MS = 3_000

/** As the sandbox knows us. */
const SANDBOX_CLIENT = { OAUTH_CLIENT_ID: 'sandbox-client', OAUTH_CLIENT_SECRET: 'sandbox-secret' }

/** What each process of the system is told, and nothing else of ours. */
export function settingsFor(secrets: Secrets, ports: Ports) {
  const databaseUrl = (role: 'moa_api' | 'moa_worker' | 'moa_caretaker' | 'moa_operator') =>
    `postgresql://${role}:${secrets.rolePasswords[role]}@127.0.0.1:${ports.PostgreSQL}/postgres`
  const temporal = { TEMPORAL_ADDRESS: `127.0.0.1:${ports.Temporal}` }
  const issuer = { AUTH_ISSUER: DEVELOPMENT_ISSUER, AUTH_JWKS: createIssuer(secrets.issuerKey).jwks }
  const sealing = { SEALING_KEYS: secrets.sealingKeys }
  // As the sandbox knows us; its clients and their addresses are its own defaults.
  const registered = {
    OAUTH_CLIENT_ID: 'sandbox-client',
    CONSENT_REDIRECT_URI: 'http://127.0.0.1:3000/callback',
  }
  return {
    worker: (bundle: string) => ({
      ...temporal,
      ...sealing,
      WORKER_DATABASE_URL: databaseUrl('moa_worker'),
      CARETAKER_DATABASE_URL: databaseUrl('moa_caretaker'),
      ...SANDBOX_CLIENT,
      // This folder's own, and as long-lived as the key that it is made from.
      RECEIPT_KEY: hash('sha256', `moa receipts ${secrets.issuerKey.d}`, 'base64'),
      WORKFLOW_BUNDLE: bundle,
      // The sandbox is on this machine.
      ALLOW_PLAIN_HTTP: 'true',
      ALLOW_PRIVATE_INSTITUTIONS: 'true',
      SHUTDOWN_GRACE_MS: `${WORKER_GRACE_MS}`,
      CARETAKER_EVERY_MS: '1000', // one user, so a round costs next to nothing
    }),
    api: {
      ...temporal,
      ...sealing,
      ...registered,
      INTEGRATED_AUTHORIZE_URL: `http://127.0.0.1:${ports['the sandbox']}/integrated/oauth/2.0/authorize`,
      API_DATABASE_URL: databaseUrl('moa_api'),
      API_PORT: `${ports['the API']}`,
      ...issuer,
      AUTH_AUDIENCE: DEVELOPMENT_AUDIENCE,
    },
    operator: {
      ...temporal,
      ...sealing,
      ...issuer,
      OPERATOR_DATABASE_URL: databaseUrl('moa_operator'),
      OPERATOR_PORT: `${ports['the operator listener']}`,
      OPERATOR_AUTH_AUDIENCE: DEVELOPMENT_OPERATOR_AUDIENCE,
      TEMPORAL_UI_URL: `http://127.0.0.1:${ports['the Web UI']}`,
    },
    enrolment: { ...sealing, API_DATABASE_URL: databaseUrl('moa_api') },
  }
}
