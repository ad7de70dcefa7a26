import { openApiOf } from '../../../api/openapi/document.ts'
import { createOperatorApp } from '../../../api/operator/app.ts'
import { makeOperatorDeps } from '../../../api/operator/make-operator.ts'
import { ROUTES } from '../../../api/routes.ts'

/** `GET /v1/me/refreshes/{refreshNo}`: everything the users' listener serves, by its OpenAPI document. */
export const userOperations = (): string[] =>
  Object.entries(openApiOf(ROUTES).paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .toSorted()

/** The same of the operators' listener, which has no such document: by what its app has mounted. */
export const operatorOperations = (): string[] =>
  mounted(createOperatorApp(makeOperatorDeps()).router as unknown as Stack, '').toSorted()

type Stack = { stack: Layer[] }
type Layer = {
  rawPath?: string
  route?: { path: string; methods: Record<string, boolean> }
  handle: Partial<Stack>
}

function mounted({ stack }: Stack, prefix: string): string[] {
  return stack.flatMap(({ rawPath = '/', route, handle }) => {
    if (route) {
      const path = `${prefix}${route.path}`.replaceAll(/:(\w+)/g, '{$1}')
      return Object.keys(route.methods)
        .filter((method) => !method.startsWith('_') && method !== 'head')
        .map((method) => `${method.toUpperCase()} ${path}`)
    }
    return handle.stack ? mounted(handle as Stack, `${prefix}${rawPath}`.replace(/\/$/, '')) : []
  })
}
