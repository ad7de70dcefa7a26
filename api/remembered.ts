/** The last answer, for a moment; those who ask meanwhile share it. One that failed is asked for anew. */
export function remembered<T>(keptMs: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { until: number; answer: Promise<T> } | null = null
  return () => {
    if (last && performance.now() < last.until) return last.answer
    const answer = ask()
    last = { until: performance.now() + keptMs, answer }
    answer.catch(() => (last = null))
    return answer
  }
}
