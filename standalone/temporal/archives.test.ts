import { deflateRawSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { fileFromZip } from './archives.ts'

/** A zip archive as far as our reader looks at it: local header, content, directory, end. */
function makeZip(files: Record<string, string>, isPacked: boolean): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  for (const [path, text] of Object.entries(files)) {
    const content = isPacked ? deflateRawSync(text) : Buffer.from(text)
    const local = Buffer.alloc(30)
    local.write('PK\x03\x04', 'latin1')
    local.writeUInt16LE(path.length, 26)
    local.writeUInt16LE(4, 28) // an extra field, which the directory does not repeat
    const entry = Buffer.alloc(46)
    entry.write('PK\x01\x02', 'latin1')
    entry.writeUInt16LE(isPacked ? 8 : 0, 10)
    entry.writeUInt32LE(content.length, 20)
    entry.writeUInt16LE(path.length, 28)
    entry.writeUInt32LE(Buffer.concat(parts).length, 42)
    directory.push(entry, Buffer.from(path))
    parts.push(local, Buffer.from(path), Buffer.alloc(4), content)
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(Buffer.concat(parts).length, 16)
  return Buffer.concat([...parts, ...directory, end])
}

test.each([true, false])('finds a file in a zip archive by its path (packed: %s)', async (isPacked) => {
  const zip = makeZip(
    { 'a/first': 'one', 'b/scripts/temporal': 'two '.repeat(100), 'c/last': 'three' },
    isPacked,
  )
  expect((await fileFromZip(zip, (path) => path.endsWith('/scripts/temporal')))?.toString()).toBe(
    'two '.repeat(100),
  )
  expect(await fileFromZip(zip, (path) => path === 'absent')).toBeUndefined()
})

test('says so when it is given something else than a zip archive', async () => {
  await expect(fileFromZip(Buffer.from('hello'), () => true)).rejects.toThrow('This is not a zip archive')
})
