import { readFileSync } from 'node:fs'

import Ajv2020 from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import { parse } from 'yaml'

import type { Reply } from './test-client.ts'

type Contract = {
  paths: Record<string, Record<string, { responses: Record<string, { $ref?: string }> }>>
}
export const contractFolder = new URL('contract/', import.meta.url)
const contract: Contract = parse(readFileSync(new URL('openapi.yaml', contractFolder), 'utf8'))
const ajv = new Ajv2020.default({ strict: false, allErrors: true })
ajv.addSchema(contract, 'contract')

/** What is wrong with a body by the contract; a fault, too, if the contract has no such answer. */
export function faultsOf(method: string, path: string, status: number, body: unknown): string[] {
  const response = contract.paths[path]?.[method]?.responses[String(status)]
  if (!response) return [`${method} ${path} has no answer ${status}`]
  const escaped = path
    .replaceAll('~', '~0')
    .replaceAll('/', '~1')
    .replaceAll('{', '%7B')
    .replaceAll('}', '%7D')
  const place = response.$ref ?? `#/paths/${escaped}/${method}/responses/${status}`
  const validate = ajv.getSchema(`contract${place}/content/application~1json/schema`)
  if (!validate) return [`no schema at ${place}`]
  return validate(body) === true
    ? []
    : (validate.errors ?? []).map((fault) => `${fault.instancePath} ${fault.message}`)
}

/** Both directions: what the contract says of the body, and the echo of the call's number. */
export function expectLawful(method: 'get' | 'post', path: string, reply: Reply): void {
  expect(faultsOf(method, path, reply.status, reply.body), `${path} ${reply.text.slice(0, 300)}`).toEqual([])
  expect(reply.headers.get('x-api-tran-id')).toMatch(/^SBXMOA0001M\d{14}$/)
}
