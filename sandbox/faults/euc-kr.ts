/** Where the two bytes of a Korean sign lie (KS X 1001). */
const FIRST = 0xa1
const LAST = 0xfe

let table: ReadonlyMap<string, readonly [number, number]> | undefined

/** The text in EUC-KR; signs it does not have become question marks. */
export function inEucKr(text: string): Buffer {
  table ??= readBackwards()
  const bytes: number[] = []
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0
    if (code < 0x80) bytes.push(code)
    else bytes.push(...(table.get(sign) ?? [0x3f]))
  }
  return Buffer.from(bytes)
}

/** The platform only decodes: what each pair of bytes means, the other way round. */
function readBackwards(): ReadonlyMap<string, readonly [number, number]> {
  const decoder = new TextDecoder('euc-kr')
  const found = new Map<string, readonly [number, number]>()
  for (let lead = FIRST; lead <= LAST; lead += 1)
    for (let trail = FIRST; trail <= LAST; trail += 1)
      found.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail])
  return found
}
