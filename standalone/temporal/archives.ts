import { promisify } from 'node:util'
import { gunzip, inflateRaw } from 'node:zlib'

/** The Temporal CLI unpacks to 160 MB; three times that is somebody else's archive. */
const MOST_BYTES = 500 * 1024 * 1024

/** The content of the only file in a zip archive whose path passes; undefined if there is none. */
export async function fileFromZip(
  zip: Buffer,
  wanted: (path: string) => boolean,
): Promise<Buffer | undefined> {
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  if (end < 0) throw new Error('This is not a zip archive')
  let entry = zip.readUInt32LE(end + 16) // where the central directory begins
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((at) => zip.readUInt16LE(entry + at))
    const path = zip.toString('utf8', entry + 46, entry + 46 + nameLength!)
    if (wanted(path)) return contentOf(zip, entry)
    entry += 46 + nameLength! + extraLength! + commentLength!
  }
  return undefined
}

/** The central directory knows the sizes; the local header knows where the content begins. */
async function contentOf(zip: Buffer, entry: number): Promise<Buffer> {
  const method = zip.readUInt16LE(entry + 10)
  const packedBytes = zip.readUInt32LE(entry + 20)
  const header = zip.readUInt32LE(entry + 42)
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28)
  const packed = zip.subarray(start, start + packedBytes)
  if (method === 0) return packed
  if (method === 8) return promisify(inflateRaw)(packed, { maxOutputLength: MOST_BYTES })
  throw new Error(`The zip archive packs its files in a way we do not know (${method})`)
}

/** The content of the first plain file in a tar.gz archive whose path passes; undefined if there is none. */
export async function fileFromTarGz(
  archive: Buffer,
  wanted: (path: string) => boolean,
): Promise<Buffer | undefined> {
  const tar = await promisify(gunzip)(archive, { maxOutputLength: MOST_BYTES })
  for (let at = 0; at + 512 <= tar.length;) {
    const path = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '')
    const bytes = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0
    const type = tar.toString('latin1', at + 156, at + 157)
    if ((type === '0' || type === '\0') && wanted(path)) return tar.subarray(at + 512, at + 512 + bytes)
    at += 512 + Math.ceil(bytes / 512) * 512
  }
  return undefined
}
