import type { Analyser, Cut, CutPart, Document } from './analyser.ts'
import { CUT_PARTS } from './analyser.ts'
import { balances } from './balances.ts'
import { cashFlow } from './cash-flow.ts'
import { spending } from './spending.ts'

export type { Analyser, Cut, Document } from './analyser.ts'

/**
 * Every analyser: one file, and one line here. A whole one, for example:
 *
 *   export const overdraft: Analyser = {
 *     name: 'overdraft',
 *     version: 1,
 *     required: false,
 *     needs: ['balances'],
 *     analyse: ({ balances }) => ({
 *       overdrawn: balances.filter(({ side, amount }) => side === 'asset' && decimal(amount).lt(0)).length,
 *     }),
 *   }
 */
export const analysers: readonly Analyser[] = [balances, cashFlow, spending]

/** What one analyser made of a cut: a document, or the name of why there is none. */
export type Analysis = {
  analyser: string
  version: number
  required: boolean
  document: Document | null
  failure: 'Unexpected' | null
}

/** Runs every analyser over one cut. One that fails marks its own part only. */
export function analyse(cut: Cut, which: readonly Analyser[] = analysers): Analysis[] {
  return which.map((analyser) => {
    const { name, version, required } = analyser
    try {
      const document = analyser.analyse(narrowed(cut, analyser.needs))
      return { analyser: name, version, required, document, failure: null }
    } catch {
      return { analyser: name, version, required, document: null, failure: 'Unexpected' }
    }
  })
}

// An undeclared part may not have been read: touching it has to fail, since empty would look like nothing owned.
function narrowed(cut: Cut, needs: readonly CutPart[]): Cut {
  const narrow = { ...cut }
  for (const part of CUT_PARTS.filter((name) => !needs.includes(name)))
    Object.defineProperty(narrow, part, {
      get: () => {
        throw new Error(`the analyser did not declare that it needs ${part}`)
      },
    })
  return narrow
}
