import { expect, test } from 'vitest'
import { z } from 'zod'

import { openPlaces } from '../openapi/test-answers.ts'
import * as answers from './answers.ts'

test.each(Object.entries(answers))('%s has no field without a name', (_, schema) => {
  expect(openPlaces(z.toJSONSchema(schema))).toEqual([])
})
