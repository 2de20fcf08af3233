import * as fc from 'fast-check'
import * as Laws from 'lanac/laws'
import { describe, test } from 'vitest'

const suite = Laws.program({ size: 10 })

describe('random programs', () => {
  test.each(suite.laws.map((l) => [l.name, l.property] as const))('%s', (_, property) => {
    fc.assert(property, { numRuns: 150 })
  })
})
