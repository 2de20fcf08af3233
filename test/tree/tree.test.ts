/** Trees: taken apart and put together, paths, odd keys, refusals. */
import fc from 'fast-check'
import * as O from 'fp-ts/lib/Option.js'
import { type Tensor, TreeError, tensor, toArray } from 'lanac'
import * as Tree from 'lanac/tree'
import { describe, expect, it } from 'vitest'

const refuses = (f: () => unknown, message: string): void => {
  expect(f).toThrow(TreeError)
  expect(f).toThrow(message)
}

/** Trees of numbers with structure of every kind, odd keys among it. */
const trees: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer(),
    fc.constantFrom(null, undefined, 'text', true),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom('w', 'b', '__proto__', 'constructor', '0', '-1', 'a.b', ''), tie('tree')), {
        maxLength: 3,
      })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).tree

describe('flatten and unflatten', () => {
  it('put together what they took apart', () => {
    fc.assert(
      fc.property(trees, (x) => {
        const y = Tree.unflatten(Tree.flatten(x))
        expect(y).toEqual(x)
        expect(JSON.stringify(y)).toBe(JSON.stringify(x))
      }),
    )
  })
  it('leaves stand in the order of keys as they were inserted', () => {
    const { leaves, structure } = Tree.flatten({ z: 1, a: [2, { y: 3, b: 4 }], m: 5 })
    expect(leaves).toEqual([1, 2, 3, 4, 5])
    expect(Tree.pathsOf(structure)).toEqual(['z', 'a[0]', 'a[1].y', 'a[1].b', 'm'])
    expect(Tree.showStructure(structure)).toBe('{ z: *, a: [*, { y: *, b: * }], m: * }')
  })
  it('a single leaf has the empty path', () => {
    expect(Tree.pathsOf(Tree.flatten(3).structure)).toEqual([''])
    expect(Tree.unflatten(Tree.flatten(3))).toBe(3)
  })
  it('__proto__ is a key like any other, and changes no prototype', () => {
    const x = JSON.parse('{ "__proto__": { "polluted": 1 }, "w": 2 }') as object
    const y = Tree.mapLeaves((l) => (l as unknown as number) + 1)(x) as Record<string, unknown>
    expect(Object.keys(y)).toEqual(['__proto__', 'w'])
    expect(Object.getPrototypeOf(y)).toBe(Object.prototype)
    expect(({} as { polluted?: unknown }).polluted).toBe(undefined)
    expect(JSON.stringify(y)).toBe('{"__proto__":{"polluted":2},"w":3}')
    const [p, q] = Tree.partition((_, path) => path === 'w')(x)
    expect(JSON.stringify(Tree.combine(p, q))).toBe(JSON.stringify(x))
  })
  it('records without a prototype are records; instances of classes, dates and maps are parts of the structure', () => {
    const bare = Object.assign(Object.create(null) as object, { w: 1 })
    expect(Tree.flatten(bare).leaves).toEqual([1])
    const parts = [
      new Date(0),
      new Map([[1, 2]]),
      new (class Model {
        w = 1
      })(),
    ]
    const t = Tree.flatten(parts)
    expect(t.leaves).toEqual([])
    expect(Tree.unflatten(t)).toEqual(parts)
    expect((Tree.unflatten(t) as unknown[])[2]).toBe(parts[2])
  })
  it('holes of an array are undefined', () => {
    const holes: unknown[] = [1]
    holes[2] = 2
    expect(Tree.unflatten(Tree.flatten(holes))).toEqual([1, undefined, 2])
  })
  it('the same value at two places is two leaves', () => {
    const shared = { w: 1 }
    expect(Tree.flatten([shared, shared]).leaves).toEqual([1, 1])
  })
  it('leaves may be anything that is said to be one', () => {
    const isString = (x: unknown): x is string => typeof x === 'string'
    expect(Tree.flatten({ a: 'x', b: [1, 'y'] }, isString).leaves).toEqual(['x', 'y'])
  })
  it('refuse a tree that contains itself, with the place', () => {
    const cyclic: Record<string, unknown> = { w: 1 }
    cyclic.rest = [cyclic]
    refuses(() => Tree.flatten(cyclic), 'flatten: the tree contains itself (at rest[0]); trees must be finite')
  })
  it('refuse more than a thousand levels, and walk a thousand', () => {
    const nested = (n: number): unknown => {
      let x: unknown = 1
      for (let i = 0; i < n; i++) x = i % 2 === 0 ? [x] : { a: x }
      return x
    }
    const deep = nested(1000)
    const t = Tree.flatten(deep)
    expect(Tree.sameStructure(t.structure, Tree.flatten(Tree.unflatten(t)).structure)).toBe(true)
    expect(Tree.pathsOf(t.structure)[0]?.length).toBe(500 * '[0]'.length + 500 * '.a'.length - 1)
    expect(Tree.flatten(Tree.combine(...Tree.partition(() => true)(deep))).leaves).toEqual([1])
    const message =
      'flatten: the tree is nested more than 1000 levels deep; hold long sequences in an array, or stack them into one tensor'
    refuses(() => Tree.flatten(nested(1001)), message)
    refuses(() => Tree.flatten(nested(100_000)), message)
  })
  it('refuse a typed array, which could change behind a trace', () => {
    refuses(
      () => Tree.flatten({ x: [new Float32Array(2)] }),
      'flatten: found a Float32Array where a tensor or a number belongs (at x[0]); make it a tensor: tensor(x)',
    )
  })
  it('refuse another number of leaves', () => {
    const { structure } = Tree.flatten([1, 2])
    refuses(() => Tree.unflatten({ structure, leaves: [1] }), 'unflatten: the structure has 2 leaves, found 1')
    refuses(() => Tree.unflatten({ structure, leaves: [1, 2, 3] }), 'unflatten: the structure has 2 leaves, found 3')
  })
})

describe('structures', () => {
  it('are the same for the same keys, lengths and static parts', () => {
    const same = (x: unknown, y: unknown): boolean =>
      Tree.sameStructure(Tree.flatten(x).structure, Tree.flatten(y).structure)
    const f = (): void => {}
    expect(same({ a: 1, f }, { a: tensor([1, 2]), f })).toBe(true)
    expect(same([1, 2], [1, 2, 3])).toBe(false)
    expect(same([1], { 0: 1 })).toBe(false)
    expect(same({ a: 1 }, { b: 1 })).toBe(false)
    expect(same({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(false)
    expect(same({ f }, { f: () => {} })).toBe(false)
    expect(same('a', 'b')).toBe(false)
    expect(same(Number.NaN, 1)).toBe(true)
    expect(same(null, undefined)).toBe(false)
    expect(same(1, null)).toBe(false)
  })
  it('that part are told apart where they part', () => {
    const check = (x: unknown, y: unknown) => () =>
      Tree.checkStructure('op', Tree.flatten(x).structure, Tree.flatten(y).structure, 'the other tree')
    refuses(
      check({ a: [1, { b: 2 }] }, { a: [1, { c: 2 }] }),
      'op: the other tree has { c: * } where { b: * } is expected (at a[1]); * stands for a tensor',
    )
    refuses(check([1, 'x'], [1, 'y']), 'op: the other tree has "y" where "x" is expected (at [1])')
    refuses(check([1], [1, 2]), 'op: the other tree has [*, *] where [*] is expected; * stands for a tensor')
    refuses(check({ w: 1 }, { w: null }), 'op: the other tree has null where a tensor is expected (at w)')
    expect(check([1, 'x'], [2, 'x'])()).toBe(undefined)
  })
})

describe('combinators', () => {
  const tree = { w: tensor([1, 2]), list: [tensor(3), 4], name: 'p' }
  it('mapLeaves tells the path and keeps what is no leaf', () => {
    const paths: string[] = []
    const y = Tree.mapLeaves((x, path) => {
      paths.push(path)
      return x
    })(tree)
    expect(paths).toEqual(['w', 'list[0]', 'list[1]'])
    expect(y).toEqual(tree)
    expect(y).not.toBe(tree)
  })
  it('zipLeaves pairs leaves by place, and refuses another structure with the place', () => {
    const sum = Tree.zipLeaves((x, y) => Number(toArray(x)) + Number(toArray(y)))
    expect(sum({ a: 1, b: [2] }, { a: 10, b: [20] })).toEqual({ a: 11, b: [22] })
    refuses(
      () => sum({ a: 1 }, { b: 1 }),
      'zipLeaves: tree 1 has { b: * } where { a: * } is expected; * stands for a tensor',
    )
  })
  it('reduceLeaves goes from the first to the last', () => {
    const joined = Tree.reduceLeaves('', (acc, _, path) => `${acc}/${path}`)(tree)
    expect(joined).toBe('/w/list[0]/list[1]')
  })
  it('partition and combine split and join, whatever is chosen', () => {
    fc.assert(
      fc.property(trees, fc.integer(), (x, seed) => {
        const [p, q] = Tree.partition((_, path) => (path.length + seed) % 2 === 0)(x)
        expect(JSON.stringify(Tree.combine(p, q))).toBe(JSON.stringify(x))
        expect(JSON.stringify(Tree.combine(q, p))).toBe(JSON.stringify(x))
      }),
    )
  })
  it('combine refuses what are no halves of one tree', () => {
    refuses(() => Tree.combine({ a: 1 }, { a: 2 }), 'combine: both halves have a leaf (at a)')
    refuses(
      () => Tree.combine({ a: [1] }, { a: { b: 1 } } as never),
      'combine: the halves have different structures (at a)',
    )
    refuses(
      () => Tree.combine({ a: 1, b: null }, { a: null } as never),
      'combine: the halves have different structures',
    )
    refuses(() => Tree.combine({ a: 'x' }, { a: 'y' }), 'combine: the halves have different static parts (at a)')
  })
})

describe('instances', () => {
  const t = Tree.flatten({ a: 1, b: [2, 3] })
  it('Functor and Foldable', () => {
    expect(Tree.unflatten(Tree.Functor.map(t, (n) => Number(n) * 2))).toEqual({ a: 2, b: [4, 6] })
    expect(Tree.Foldable.reduce(t, '', (s, n) => s + String(n))).toBe('123')
    expect(Tree.Foldable.reduceRight(t, '', (n, s) => s + String(n))).toBe('321')
    const list = { empty: [] as number[], concat: (x: number[], y: number[]) => [...x, ...y] }
    expect(Tree.Foldable.foldMap(list)(t, (n) => [Number(n)])).toEqual([1, 2, 3])
  })
  it('Traversable: all or nothing', () => {
    const positive = (n: unknown): O.Option<number> => (Number(n) > 0 ? O.some(Number(n)) : O.none)
    const traverse = Tree.Traversable.traverse(O.Applicative)
    expect(O.map(Tree.unflatten)(traverse(t, positive))).toEqual(O.some({ a: 1, b: [2, 3] }))
    expect(traverse(Tree.flatten({ a: 1, b: -1 }), positive)).toEqual(O.none)
    const options = Tree.map((n: unknown) => O.some(n))(t)
    expect(O.map(Tree.unflatten)(Tree.Traversable.sequence(O.Applicative)(options))).toEqual(
      O.some({ a: 1, b: [2, 3] }),
    )
  })
  it('leaves of tensors', () => {
    const { leaves } = Tree.flatten({ w: tensor([1, 2]), k: 3 })
    expect(leaves.map((l) => toArray(l as Tensor))).toEqual([[1, 2], 3])
    expect(Tree.isLeaf('x')).toBe(false)
  })
})
