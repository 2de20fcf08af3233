/** The laws of jit hold for native code, waited for or not. */
import * as fc from 'fast-check'
import { describe, test } from 'vitest'
import { compiledLawsWith } from '../../laws/compiled.js'
import { contramap } from '../../laws/law.js'
import { pointOf, sampleOf } from '../../laws/primitive-sample.js'
import { given, suite } from '../../laws/property.js'
import type { Sample } from '../../src/primitive/record.js'
import { table } from '../../src/primitive/table.js'
import { compiler, temporary } from './compiler.js'

process.env.LANAC_CACHE = temporary()
await import('../../src/native/index.js')

/** Those that are drawn: functions in parameters (control flow, derivatives of one's own) are drawn with random programs. */
const drawn = Object.entries(table).filter(([, p]) => p.samples.cases.length > 0)

describe.skipIf(compiler === null)('native code', () => {
  for (const target of ['native', 'auto'])
    test.each(drawn)(`keeps the laws of jit, %s, ${target}`, (name, p) => {
      const samples = fc.oneof(...(p.samples.cases as readonly Sample<unknown>[]).map((c) => sampleOf(p as never, c)))
      const laws = compiledLawsWith({ target }).map(contramap(pointOf))
      fc.assert(suite(name, given(samples, ...laws)), { numRuns: 1 })
    })
})
