import { readFileSync } from 'node:fs'

import { parse } from 'yaml'
import { z } from 'zod'

/** For tests: an answer that the contract gives as an example, in its description or in a file beside it. */
export type Example = { name: string; path: string; status: number; body: unknown }

const contract = new URL('../../sandbox/contract/', import.meta.url)
const load = (file: string) => readFileSync(new URL(file, contract), 'utf8')

const answer = z.object({
  content: z.object({
    'application/json': z.object({
      examples: z.record(z.string(), z.object({ value: z.unknown() })).default({}),
    }),
  }),
})
const reference = z.object({ $ref: z.string() })
const operation = z.object({ responses: z.record(z.string(), z.unknown()) })
const description = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ responses: z.record(z.string(), answer) }),
})

/** Every example of these paths, as the sandbox keeps the contract. */
export function examplesOf(isRead: (path: string) => boolean): Example[] {
  const files = z
    .array(z.object({ file: z.string(), path: z.string(), status: z.number() }))
    .parse(JSON.parse(load('examples/index.json')))
    .filter(({ path }) => isRead(path))
    .map(({ file, path, status }) => ({
      name: file,
      path,
      status,
      body: JSON.parse(load(`examples/${file}`)),
    }))
  const { paths, components } = description.parse(parse(load('openapi.yaml')))
  const inline = Object.entries(paths)
    .filter(([path]) => isRead(path))
    .flatMap(([path, methods]) =>
      Object.values(methods).flatMap(({ responses }) =>
        Object.entries(responses).flatMap(([status, response]) => {
          const named = reference.safeParse(response)
          const shared = named.success
            ? components.responses[named.data.$ref.split('/').at(-1) ?? '']
            : undefined
          const { examples } = (shared ?? answer.parse(response)).content['application/json']
          return Object.entries(examples).map(([name, { value }]) => ({
            name: `${path} ${status} ${name}`,
            path,
            status: Number(status),
            body: value,
          }))
        }),
      ),
    )
  return [...files, ...inline]
}

export const named = (examples: readonly Example[]) =>
  examples.map((example) => [example.name, example] as const)
export const codeOf = ({ body }: Example): unknown => Reflect.get(Object(body), 'rsp_code')
/** Whether it is an answer, and not a failure. */
export const isAnswer = (example: Example): boolean => example.status === 200 || codeOf(example) === '40403'
