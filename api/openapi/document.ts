import { problemExample } from '../problem-answers.ts'
import { problemKind } from '../problems.ts'
import { type RouteSpec, SECTIONS } from '../route.ts'
import { operation, problemsOf } from './operation.ts'
import { type JsonSchema, namedSchemas } from './schemas.ts'

/** Moves when a client that reads answers strictly must change. */
const VERSION = '1.0.0'

const ABOUT = `Moa gathers a person's financial data from every institution they consented to, classifies and analyses it, and
shows it only when it is whole, or says exactly what is missing.

**Reads never wait.** Every read is of one published snapshot: \`view=latest\` (the newest, with what it lacks) or
\`view=complete\` (the newest that lacks nothing); \`as_of\` reads the one that was the newest at an instant that has passed.

**Amounts are text** with the decimals they have, beside a currency. Days and months are Korea's. What an institution did
not say is null, never zero.

**Errors** are \`application/problem+json\` (RFC 9457); \`title\` is a name that does not change, \`detail\` is a sentence for a
person. Unknown parameters and fields are refused by name, in requests; answers have no field that is not named here.`

export type OpenApi = ReturnType<typeof openApiOf>

/** The OpenAPI 3.1 document of some routes, made from the very schemas that check and shape what passes through them. */
export function openApiOf(routes: readonly { spec: RouteSpec }[]) {
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const { spec } of routes) (paths[spec.path] ??= {})[spec.method] = operation(spec)
  return {
    openapi: '3.1.1',
    info: {
      title: 'Moa',
      version: VERSION,
      summary: 'Everything a person owns and owes, as one snapshot.',
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(SECTIONS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: namedSchemas(),
      examples: examplesOf(routes),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'A token of the issuer this deployment trusts; its subject is the person whose data is read.',
        },
      },
    },
  }
}

/** One example of each problem that some route may answer. */
function examplesOf(routes: readonly { spec: RouteSpec }[]): Record<string, JsonSchema> {
  const names = new Set(routes.flatMap(({ spec }) => problemsOf(spec)))
  const sorted = [...names].toSorted()
  return Object.fromEntries(
    sorted.map((name) => [name, { summary: problemKind(name).says, value: problemExample(name) }]),
  )
}
