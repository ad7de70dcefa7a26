import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createLocalJWKSet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'

import { DEVELOPMENT_ISSUER } from '../config.ts'
import { enrolmentOf } from './demo-user.ts'
import { createIssuer, DEVELOPMENT_AUDIENCE, DEVELOPMENT_OPERATOR_AUDIENCE } from './issuer.ts'
import { readSecrets } from './secrets.ts'
import { inTemporaryFolder } from './temporary.ts'

test('secrets are made once, for their owner alone', async () => {
  await inTemporaryFolder(async (folder) => {
    const file = join(folder, 'secrets.json')
    const made = await readSecrets(file, join(folder, 'postgres'))
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(made.sealingKeys).toMatch(/^k1:[A-Za-z0-9+/]{43}=$/)
    expect(new Set(Object.values(made.rolePasswords)).size).toBe(7)
    expect(await readSecrets(file, join(folder, 'postgres'))).toEqual(made)
  })
})

test('data whose secrets are gone or spoilt is not opened with new ones', async () => {
  await inTemporaryFolder(async (folder) => {
    const [file, data] = [join(folder, 'secrets.json'), join(folder, 'postgres')]
    await readSecrets(file, data)
    await mkdir(data)
    await rm(file)
    await expect(readSecrets(file, data)).rejects.toThrow(`${file} is gone, and with it the way in`)
    await writeFile(file, '{}')
    await expect(readSecrets(file, data)).rejects.toThrow(`${file} is not as Moa wrote it`)
    await writeFile(file, JSON.stringify({ sealingKey: 'x' }))
    await expect(readSecrets(file, data)).rejects.toThrow(
      /of a time when one key sealed everybody’s data.*npm start -- --reset/,
    )
  })
})

test('what the issuer publishes verifies its tokens and does not hold its private key', async () => {
  await inTemporaryFolder(async (folder) => {
    const { issuerKey } = await readSecrets(join(folder, 'secrets.json'), join(folder, 'postgres'))
    const { jwks, tokenFor, operatorTokenFor } = createIssuer(issuerKey)
    expect(jwks).not.toContain(issuerKey.d)
    const { payload } = await jwtVerify(await tokenFor('minji'), createLocalJWKSet(JSON.parse(jwks)), {
      issuer: DEVELOPMENT_ISSUER,
      audience: DEVELOPMENT_AUDIENCE,
    })
    expect(payload.sub).toBe('minji')
    expect(payload.exp! - payload.iat!).toBe(12 * 60 * 60)
    expect(payload).not.toHaveProperty('roles')
    const operator = await jwtVerify(await operatorTokenFor('kim'), createLocalJWKSet(JSON.parse(jwks)), {
      audience: DEVELOPMENT_OPERATOR_AUDIENCE,
    })
    expect(operator.payload).toMatchObject({ sub: 'kim', roles: ['operator'] })
    expect(operator.payload.aud).toBe(DEVELOPMENT_OPERATOR_AUDIENCE)
  })
})

test('tokens of the sandbox become an enrolment whose consents end with their last day in Korea', () => {
  const issued = {
    institutionId: 'SBXBANK001',
    accessToken: 'a',
    refreshToken: 'r',
    expiresInSeconds: 60,
    refreshExpiresInSeconds: 120,
    scope: 'bank.list',
    endsOn: '2027-11-22',
  }
  expect(enrolmentOf([issued], Date.parse('2026-11-22T00:00:00Z'))).toMatchObject({
    subject: 'minji',
    consents: [
      {
        endsAt: '2027-11-22T14:59:59.000Z',
        accessExpiresAt: '2026-11-22T00:01:00.000Z',
        refreshExpiresAt: '2026-11-22T00:02:00.000Z',
      },
    ],
  })
})
