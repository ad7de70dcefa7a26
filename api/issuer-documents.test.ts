import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, onTestFinished, test } from 'vitest'

import { discoverKeys, fetchDocument } from './issuer-documents.ts'

/** Something that answers as an issuer might; its address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const saying =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

describe('a document of the issuer', () => {
  test('is what it serves as JSON', async () => {
    expect(await fetchDocument(await serve(saying({ keys: [] })))).toEqual({ keys: [] })
  })

  test.each<[string, RequestListener]>([
    ['another status', saying({ keys: [] }, 404)],
    ['no JSON', (_request, response) => void response.end('<html>')],
    ['nothing', (_request, response) => void response.writeHead(204).end()],
    ['more than 256 KB', saying({ keys: 'x'.repeat(300 * 1024) })],
    ['half of it', (_request, response) => void response.writeHead(200, { 'content-length': '99' }).end('{')],
  ])('is not %s', async (_, listener) => {
    await expect(fetchDocument(await serve(listener))).rejects.toThrow()
  })

  test('is not where a redirect leads', async () => {
    let visits = 0
    const target = await serve((_request, response) => {
      visits += 1
      response.end('{"keys":[]}')
    })
    const source = await serve(
      (_request, response) => void response.writeHead(302, { location: target }).end(),
    )
    await expect(fetchDocument(source)).rejects.toThrow()
    expect(visits).toBe(0)
  })

  test('is not waited for without end', async () => {
    const silent = await serve((_request, response) => void response.writeHead(200).write('{'))
    await expect(fetchDocument(silent)).rejects.toThrow(/timeout/)
  })
})

describe('where an issuer’s keys are', () => {
  const issuerSaying = (told: (url: string) => object, path = '/.well-known/openid-configuration') => {
    let url = ''
    const started = serve((request, response) => {
      if (request.url === path) saying(told(url))(request, response)
      else saying({}, 404)(request, response)
    })
    return started.then((address) => (url = address))
  }
  const keysAt = (url: string) => ({ issuer: url, jwks_uri: `${url}/keys` })

  test('stands in its discovery document', async () => {
    const issuer = await issuerSaying(keysAt)
    expect(await discoverKeys(issuer)).toBe(`${issuer}/keys`)
  })

  test('is looked for below the path of an issuer that has one, with or without a slash', async () => {
    const path = '/realms/moa/.well-known/openid-configuration'
    for (const end of ['', '/']) {
      const url = await issuerSaying((base) => keysAt(`${base}/realms/moa${end}`), path)
      expect(await discoverKeys(`${url}/realms/moa${end}`)).toBe(`${url}/realms/moa${end}/keys`)
    }
  })

  test.each<[string, (url: string) => object]>([
    ['of another issuer', (url) => ({ ...keysAt(url), issuer: 'https://other.example' })],
    ['of the same issuer with a slash more', (url) => ({ ...keysAt(url), issuer: `${url}/` })],
    ['without keys', (url) => ({ issuer: url })],
    ['whose keys are no address', (url) => ({ issuer: url, jwks_uri: 'keys' })],
    ['whose keys are a file', (url) => ({ issuer: url, jwks_uri: 'file:///etc/passwd' })],
    ['whose keys are served otherwise', (url) => ({ issuer: url, jwks_uri: 'https://issuer.example/keys' })],
  ])('is not taken from a document %s', async (_, told) => {
    await expect(discoverKeys(await issuerSaying(told))).rejects.toThrow()
  })
})
