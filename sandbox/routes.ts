import { bankRoutes } from './bank/routes.ts'
import { cardRoutes } from './card/routes.ts'
import { withCommon } from './common.ts'
import type { Industry } from './institutions.ts'
import { issueToken, revokeToken } from './oauth.ts'
import type { Route, TokenRoute } from './route.ts'

const tokenRoutes: Readonly<Record<string, TokenRoute>> = {
  '/oauth/2.0/token': { kind: 'token', method: 'POST', api: 'oauth-token', answer: issueToken },
  '/oauth/2.0/revoke': { kind: 'token', method: 'POST', api: 'oauth-revoke', answer: revokeToken },
}

/** Every path below an institution's base path. */
const routes: Readonly<Record<Industry, readonly Pattern[]>> = {
  bank: patternsOf({ ...tokenRoutes, ...withCommon('bank', bankRoutes) }),
  card: patternsOf({ ...tokenRoutes, ...withCommon('card', cardRoutes) }),
}

/** Every name by which rules and the call log know an API. */
export const knownApis: readonly string[] = [
  ...new Set(Object.values(routes).flatMap((patterns) => patterns.map(({ route }) => route.api))),
  'oauth-authorize',
]

type Pattern = { route: Route; path: RegExp }

/** The route of a path, and the parameters that stand in the path itself. */
export function routeOf(
  industry: Industry,
  path: string,
): { route: Route; inPath: Record<string, string> } | undefined {
  for (const pattern of routes[industry]) {
    const found = pattern.path.exec(path)
    if (found) return { route: pattern.route, inPath: { ...found.groups } }
  }
  return undefined
}

function patternsOf(table: Readonly<Record<string, Route>>): Pattern[] {
  return Object.entries(table).map(([path, route]) => ({
    route,
    path: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]{1,64})')}$`),
  }))
}
