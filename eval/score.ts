import { type Kind, kindOf } from '../domain/classification/categories.ts'

/** What is right for a row. */
export type Expected = {
  category: string | null
  kind: string | null
  alternatives: readonly string[]
  should_abstain: boolean
}

/** Null: the classifier said nothing. */
export type Answer = { category: string | null; confidence: number }

export type Judged = {
  isAnswerable: boolean
  isAnswered: boolean
  isLeafRight: boolean
  isTopRight: boolean
  /** Spending called neutral, or the reverse: the worst that can be said of a row. */
  isConfused: boolean
  confidence: number
}

/** Shares are null where there is nothing to share. */
export type Figures = {
  rows: number
  coverage: number | null
  top: number | null
  leaf: number | null
}

/** What became of one row. An answer where one should abstain is a wrong answer. */
export function judge(
  { category, kind, alternatives, should_abstain: abstains }: Expected,
  given: Answer,
): Judged {
  const accepted = abstains || category === null ? [] : [category, ...alternatives]
  const said = given.category
  const isAnswered = said !== null
  // The row's own kind beats that of its leaf: a cancelled purchase is neutral.
  const kinds: (string | null)[] = kind === kindOf(category ?? '') ? accepted.map(kindOf) : [kind]
  const saidKind = said === null ? null : kindOf(said)
  const isOther = (is: Kind, other: Kind) => saidKind === is && !kinds.includes(is) && kinds.includes(other)
  return {
    isAnswerable: !abstains,
    isAnswered,
    isLeafRight: said !== null && accepted.includes(said),
    isTopRight: said !== null && accepted.some((each) => topOf(each) === topOf(said)),
    isConfused: !abstains && isAnswered && (isOther('spending', 'neutral') || isOther('neutral', 'spending')),
    confidence: given.confidence,
  }
}

/** Coverage of what can be answered, and accuracy of what was. */
export function figuresOf(judged: readonly Judged[]): Figures {
  const answerable = judged.filter(({ isAnswerable }) => isAnswerable)
  const answered = answerable.filter(({ isAnswered }) => isAnswered)
  return {
    rows: answerable.length,
    coverage: share(answered.length, answerable.length),
    top: share(answered.filter(({ isTopRight }) => isTopRight).length, answered.length),
    leaf: share(answered.filter(({ isLeafRight }) => isLeafRight).length, answered.length),
  }
}

/** Of the rows that should not be answered, how many were. */
export function wronglyAnswered(judged: readonly Judged[]): number | null {
  const silent = judged.filter(({ isAnswerable }) => !isAnswerable)
  return share(silent.filter(({ isAnswered }) => isAnswered).length, silent.length)
}

/** Of all answers to rows that can be answered, how many took spending for neutral or the reverse. */
export function confusion(judged: readonly Judged[]): number | null {
  const answered = judged.filter(({ isAnswerable, isAnswered }) => isAnswerable && isAnswered)
  return share(answered.filter(({ isConfused }) => isConfused).length, answered.length)
}

const BINS = 10

/** Expected calibration error over every answer: how far confidence is from how often it was right, in ten equal bins. */
export function calibrationError(judged: readonly Judged[]): number | null {
  const answered = judged.filter(({ isAnswered }) => isAnswered)
  const bins = Array.from({ length: BINS }, (_, bin) =>
    answered.filter(({ confidence }) => Math.min(BINS - 1, Math.floor(confidence * BINS)) === bin),
  )
  const off = bins.map((bin) => {
    const said = bin.reduce((sum, { confidence }) => sum + confidence, 0)
    return Math.abs(said - bin.filter(({ isLeafRight }) => isLeafRight).length)
  })
  return share(
    off.reduce((sum, each) => sum + each, 0),
    answered.length,
  )
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
const topOf = (category: string): string => category.slice(0, category.indexOf('.'))
