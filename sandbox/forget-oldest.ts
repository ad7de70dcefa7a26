/** Removes the key that was put in first (or put back last-but-all): maps and sets keep that order. */
export function forgetOldest(kept: { keys: () => Iterator<string>; delete: (key: string) => boolean }): void {
  const { value, done } = kept.keys().next()
  if (!done) kept.delete(value)
}
