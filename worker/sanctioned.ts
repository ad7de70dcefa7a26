import type { Institutions } from '../db/institutions.ts'

// Institutions come and move rarely; a new one may wait this long for its first call.
const HOLDS_MS = 30_000

/** Which origins may be called: those of registered institutions, and no others. */
export function createSanctioned({ list }: Pick<Institutions, 'list'>, allowPlainHttp: boolean) {
  let origins = new Set<string>()

  async function refresh(): Promise<void> {
    const urls = (await list()).map(({ baseUrl }) => new URL(baseUrl))
    origins = new Set(
      urls.filter(({ protocol }) => protocol === 'https:' || allowPlainHttp).map(({ origin }) => origin),
    )
  }

  /** Keeps the list up to date until told to stop; a list that cannot be read stays as it was. */
  async function start(): Promise<() => void> {
    await refresh()
    const timer = setInterval(() => void refresh().catch(() => {}), HOLDS_MS)
    timer.unref()
    return () => clearInterval(timer)
  }

  return { start, registered: (origin: string): boolean => origins.has(origin) }
}
