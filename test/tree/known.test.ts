/** Trees of a known structure: what is made for one does what flatten and unflatten do, and refuses all others. */
import fc from 'fast-check'
import type { Tensor } from 'lanac'
import { describe, expect, it } from 'vitest'
import { assembler, collector, composedAssembler, composedCollector } from '../../src/tree/known.js'
import { flatten, sameStructure, unflatten } from '../../src/tree/tree.js'

const trees: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer(),
    fc.constantFrom(null, undefined, 'text', true, Number.NaN),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom('w', 'b', '__proto__', 'constructor', '0', ''), tie('tree')), { maxLength: 3 })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).tree

describe.each([
  ['written out', collector, assembler],
  ['of functions that call each other', composedCollector, composedAssembler],
])('a known structure, %s', (_, collector, assembler) => {
  it('is taken apart as by flatten, and put together as by unflatten', () => {
    fc.assert(
      fc.property(trees, (x) => {
        const { structure, leaves } = flatten(x)
        expect(collector(structure)(x)).toEqual(leaves)
        const y = assembler(structure)(leaves as readonly unknown[] as readonly Tensor[])
        expect(JSON.stringify(y)).toBe(JSON.stringify(unflatten({ structure, leaves })))
        expect(y).toEqual(x)
      }),
    )
  })

  it('is not that of another tree', () => {
    fc.assert(
      fc.property(trees, trees, (x, y) => {
        const [a, b] = [flatten(x).structure, flatten(y).structure]
        expect(collector(a)(y) !== null).toBe(sameStructure(a, b))
      }),
    )
    const pair = collector(flatten({ w: 1, b: 2 }).structure)
    for (const other of [{ b: 2, w: 1 }, { w: 1 }, { w: 1, b: 2, c: 3 }, [1, 2], null, 3, new Map(), { w: 1, b: '2' }])
      expect(pair(other)).toBe(null)
    expect(pair(Object.assign(Object.create(null) as object, { w: 3, b: 4 }))).toEqual([3, 4])
    expect(
      pair(
        new (class {
          w = 1
          b = 2
        })(),
      ),
    ).toBe(null)
  })

  it('has __proto__ as a key like any other', () => {
    const x = JSON.parse('{ "__proto__": 1, "w": 2 }') as object
    const { structure } = flatten(x)
    const y = assembler(structure)([5, 6] as never) as object
    expect(JSON.stringify(y)).toBe('{"__proto__":5,"w":6}')
    expect(Object.getPrototypeOf(y)).toBe(Object.prototype)
  })
})
