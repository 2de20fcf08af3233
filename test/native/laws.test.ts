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

const SOME = ['tanh', 'contract', 'max', 'cumsum', 'gather', 'pow'] as const

describe.skipIf(compiler === null)('native code', () => {
  for (const target of ['native', 'auto'])
    test.each(SOME.filter((name) => name in table))(`keeps the laws of jit, %s, ${target}`, (name) => {
      const p = table[name as keyof typeof table]
      const samples = fc.oneof(...(p.samples.cases as readonly Sample<unknown>[]).map((c) => sampleOf(p as never, c)))
      const laws = compiledLawsWith({ target }).map(contramap(pointOf))
      fc.assert(suite(name, given(samples, ...laws)), { numRuns: 1 })
    })
})
