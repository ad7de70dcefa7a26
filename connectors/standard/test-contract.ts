import { readFileSync } from 'node:fs'

import * as fc from 'fast-check'
import { parse } from 'yaml'
import { z } from 'zod'

import { toCompactDate } from '../../domain/time.ts'

/*
 * For tests: answers that the contract allows, drawn from its own schemas. What only prose says of them (a day exists, an
 * amount has no sign, a count is the number of rows, rows of one list can be told apart) is added here.
 */

type Fields = Record<string, unknown>
type Draw = fc.Arbitrary<unknown>

/** A whole answer of one operation, with as many rows as the contract allows, but few. */
export const answersTo = (path: string): fc.Arbitrary<Fields> => {
  const name = RESPONSES.get(path)
  if (name === undefined) throw new RangeError(`the contract has no ${path}`)
  return drawn(name).map((body) => withCounts(Object(body)))
}

/** The operations of an industry, of which the contract says what they answer. */
export const pathsOf = (industry: string): string[] =>
  [...RESPONSES.keys()].filter((path) => path.startsWith(`/v2/${industry}/`))

const schema = z.object({
  type: z.string().optional(),
  const: z.string().optional(),
  enum: z.array(z.string()).optional(),
  pattern: z.string().optional(),
  minLength: z.number().default(0),
  maxLength: z.number().default(20),
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  items: z.unknown().optional(),
  $ref: z.string().optional(),
  oneOf: z.array(z.unknown()).optional(),
  'x-mydata-type': z.string().default(''),
})
type Schema = z.infer<typeof schema>

const content = z.object({ content: z.object({ 'application/json': z.object({ schema: z.unknown() }) }) })
const operation = z.object({ responses: z.object({ '200': content }) })
const contract = z
  .object({
    paths: z.record(z.string(), z.record(z.string(), z.unknown())),
    components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
  })
  .parse(parse(readFileSync(new URL('../../sandbox/contract/openapi.yaml', import.meta.url), 'utf8')))

const nameOf = (reference: string): string => reference.split('/').at(-1) ?? ''

/** The schema of each operation's data; "unchanged" is an answer of another kind. */
const RESPONSES = new Map(
  Object.entries(contract.paths).flatMap(([path, methods]) =>
    Object.values(methods).flatMap((method) => {
      const read = operation.safeParse(method)
      if (!read.success) return []
      const { $ref, oneOf } = schema.parse(read.data.responses[200].content['application/json'].schema)
      const reference = $ref ?? schema.parse(oneOf?.[0] ?? {}).$ref
      return reference === undefined ? [] : [[path, nameOf(reference)] as const]
    }),
  ),
)

const known = new Map<string, Draw>()

function drawn(name: string): Draw {
  const found = known.get(name)
  if (found) return found
  const made = draw(schema.parse(contract.components.schemas[name]))
  known.set(name, made)
  return made
}

function draw(described: Schema, isRequired = true): Draw {
  if (described.$ref !== undefined) return drawn(nameOf(described.$ref))
  if (described.const !== undefined) return fc.constant(described.const)
  if (described.enum) return fc.constantFrom(...described.enum)
  if (described.type === 'object') return fieldsOf(described)
  if (described.type === 'array') {
    const rows = fc.array(draw(schema.parse(described.items)), { maxLength: 4 })
    return rows.map((all) => all.map((row, at) => toldApart(Object(row), at)))
  }
  return scalar(described, isRequired)
}

function fieldsOf({ properties, required }: Schema): Draw {
  const fields = Object.entries(properties).map(([name, one]): [string, Draw] => [
    name,
    OFTEN[name] ?? draw(schema.parse(one), required.includes(name)),
  ])
  return fc.record(Object.fromEntries(fields), {
    requiredKeys: fields.map(([name]) => name).filter((name) => required.includes(name) || name in NEEDED),
  })
}

/** Without its currency no row of a list of balances could be told from another. */
const NEEDED = { currency_code: true }

/** What would else nearly always end a reading before it has begun. */
const OFTEN: Record<string, Draw> = {
  is_consent: fc.constantFrom('true', 'true', 'true', 'false'),
  account_status: fc.constantFrom('01', '01', '01', '02'),
  // One of the list's patterns, of which three have a meaning.
  card_type: fc.constantFrom('01', '02', '03'),
  is_loan_short_term: fc.constantFrom('true', 'true', 'false'),
  is_loan_long_term: fc.constantFrom('true', 'true', 'false'),
  // Pages are drawn where they are the question (pages.test.ts): here every answer is the last page.
  next_page: fc.constantFrom('', null),
}

const day = fc
  .date({ min: new Date('2021-11-23'), max: new Date('2026-11-22'), noInvalidDate: true })
  .map((instant) => toCompactDate(instant.toISOString().slice(0, 10)))
const second = fc
  .tuple(day, fc.nat({ max: 23 }), fc.nat({ max: 59 }), fc.nat({ max: 59 }))
  .map(([on, ...clock]) => `${on}${clock.map((part) => String(part).padStart(2, '0')).join('')}`)

const BY_TYPE: Record<string, Draw> = {
  DATE: day,
  DTIME: second,
  'DTIME or DATE': fc.oneof(day, second),
  'N(6)': day.map((text) => text.slice(0, 6)),
}

function scalar({ pattern, minLength, maxLength, 'x-mydata-type': type }: Schema, isRequired: boolean): Draw {
  const special = BY_TYPE[type]
  if (special) return special
  // Amounts and counts have no sign: their direction stands in a code.
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern.replace('-?', '')))
  // The longest texts are no other than long ones.
  const length = { minLength: Math.max(minLength, isRequired ? 1 : 0), maxLength: Math.min(maxLength, 40) }
  const words = fc.string({ ...length, unit: fc.constantFrom(...Array.from('abZ09-가나다 ')) })
  return words.map((text) => (isRequired && text.trim() === '' ? '모' : text))
}

const TOLD_APART: Record<string, (at: number) => string> = {
  account_num: (at) => `9990001000000${at}`,
  card_id: (at) => `CARD-000${at}`,
  loan_num: (at) => `LN0000000${at}`,
  trans_no: (at) => `${at + 1}`,
  approved_num: (at) => `3001234${at}`,
  point_name: (at) => `모아포인트${at}`,
  charge_month: (at) => `20260${at + 1}`,
  currency_code: (at) => ['KRW', 'USD', 'JPY', 'EUR'][at % 4] ?? 'KRW',
  req_date: (at) => `2026010${at + 1}`,
  pay_due_date: (at) => `2026120${at + 1}`,
  loan_dtime: (at) => `2026110${at + 1}`,
}

/** Rows of one list are different things; an approval that was changed says when, and into what. */
function toldApart(row: Fields, at: number): Fields {
  const names = Object.keys(row).filter((name) => TOLD_APART[name])
  const told: Fields = { ...row, ...Object.fromEntries(names.map((name) => [name, TOLD_APART[name]?.(at)])) }
  if (!('approved_dtime' in told)) return told
  return { trans_dtime: '20261121180000', modified_amt: '4000', ...told }
}

/** Every count that stands beside its list says how many rows that has; so do those of lists inside of rows. */
function withCounts(body: Fields): Fields {
  const lists = Object.entries(body).filter(([, rows]) => Array.isArray(rows))
  const counts = lists.map(([name, rows]) => [name.replace(/_list$/, '_cnt'), String(Object(rows).length)])
  return { ...body, ...Object.fromEntries(counts) }
}
