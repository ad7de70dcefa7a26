import { createServer } from 'node:net'

import { expect, test } from 'vitest'

import { assertPortFree, freePort } from './ports.ts'

test('gives no port that the system gives to outgoing connections, which may be taken before it is used', async () => {
  for (let asked = 0; asked < 20; asked += 1) expect(await freePort(0)).toBeLessThan(32_768)
})

test('gives the preferred port when it is free, and another one when it is taken', async () => {
  const preferred = await freePort(0)
  expect(await freePort(preferred)).toBe(preferred)

  const other = createServer()
  await new Promise<void>((resolve) => other.listen(preferred, '127.0.0.1', resolve))
  expect(await freePort(preferred)).not.toBe(preferred)
  await expect(assertPortFree(preferred, 'PostgreSQL')).rejects.toThrow(
    `PostgreSQL cannot start: port ${preferred} on 127.0.0.1 is taken by another program`,
  )
  other.close()
})
