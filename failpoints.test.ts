import { expect, test } from 'vitest'

import { createFailpoints } from './failpoints.ts'

test('a place that is not named does nothing', async () => {
  await expect(createFailpoints('')('anywhere')).resolves.toBeUndefined()
  await expect(createFailpoints('elsewhere=throw')('anywhere')).resolves.toBeUndefined()
})

test('a place fails at the hit that was named, and only there', async () => {
  const failpoint = createFailpoints('snapshot.cut=throw@2')
  await expect(failpoint('snapshot.cut')).resolves.toBeUndefined()
  await expect(failpoint('snapshot.cut')).rejects.toThrow('failpoint snapshot.cut')
  await expect(failpoint('snapshot.cut')).resolves.toBeUndefined()
})

test('without a hit a place fails each time', async () => {
  const failpoint = createFailpoints('a=delay:1,b=throw')
  await expect(failpoint('a')).resolves.toBeUndefined()
  await expect(failpoint('b')).rejects.toThrow()
  await expect(failpoint('b')).rejects.toThrow()
})

test.each(['cut', 'cut=explode', 'cut=kill@x'])('%j is refused as no failpoint', (specification) => {
  expect(() => createFailpoints(specification)).toThrow('not a failpoint')
})
