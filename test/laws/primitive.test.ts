import * as fc from 'fast-check'
import * as Laws from 'lanac/laws'
import { describe, expect, test } from 'vitest'

/** Runs for each law of a primitive: every case of its record comes up several times. */
const runsOf = (cases: number): number => 20 + 3 * cases

describe.each(Object.entries(Laws.table))('%s', (name, p) => {
  const suite = Laws.primitive(p)
  test('stands in the table under its name', () => {
    expect(p.name).toBe(name)
  })
  test.each(suite.laws.map((l) => [l.name, l.property] as const))('%s', (_, property) => {
    fc.assert(property, { numRuns: runsOf(p.samples.cases.length) })
  })
})

test('a suite is a property', () => {
  fc.assert(Laws.primitive(Laws.table.contract), { numRuns: 20 })
})
