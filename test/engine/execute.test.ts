/** Compiled functions as they are used: through jit, from outside. */
import { fromTypedArray, jit, type Tensor, tensor, toArray, toTypedArray, ValueError, zeros } from 'lanac'
import { describe, expect, it } from 'vitest'
import { arrayOf, numbers } from '../../laws/sample.js'
import { Slab } from '../../src/engine/arena.js'
import { prepared } from '../../src/engine/execute.js'
import { simplify } from '../../src/engine/simplify.js'
import type { Compiled } from '../../src/engine/target.js'
import { builder } from '../../src/tape/node.js'
import type { Program } from '../../src/tape/program.js'
import { abstractly, traceLeaves } from '../../src/tape/trace.js'
import { bufferOf, type Concrete, uniform } from '../../src/tensor/concrete.js'

type ListFunction = (...x: readonly Tensor[]) => readonly Tensor[]

const fast = (f: ListFunction): ListFunction => jit(f as never) as never
const trace = (f: ListFunction, ...x: readonly Tensor[]): Program =>
  simplify(traceLeaves((v) => f(...v), x.map(abstractly), { name: 'test' }))
const compiledOf = (f: ListFunction, ...x: readonly Tensor[]): Compiled | null => prepared(trace(f, ...x)).compiled
const slabOf = (x: Tensor | undefined): Slab => {
  const { residence } = x as Concrete
  if (!(residence instanceof Slab)) throw new Error('stands on the heap')
  return residence
}
const at = (x: readonly Tensor[], i = 0): Tensor => x[i] as Tensor
const vector = (n: number, k = 1): Tensor =>
  arrayOf(
    [n],
    'f64',
    Array.from({ length: n }, (_, i) => k * i),
  )
const thrown = (f: () => unknown): Error => {
  try {
    f()
  } catch (e) {
    return e as Error
  }
  throw new Error('nothing was thrown')
}

describe('values of compiled functions', () => {
  it('stay where they are from call to call', () => {
    const step = fast((x) => [builder.mul(x as Tensor, 0.5)])
    const x = vector(1000)
    const y = at(step(x))
    const slab = slabOf(y)
    const { address } = slab
    const z = at(step(y))
    expect([slabOf(y), slab.address]).toEqual([slab, address])
    expect((y as Concrete).held).toBeNull()
    expect(numbers(z)).toEqual(numbers(x).map((v) => v / 4))
    // the argument came from the heap, once
    const home = slabOf(x)
    step(x)
    expect(slabOf(x)).toBe(home)
  })

  it('are nobody else’s: neither the array that one was made from, nor the one that it was read into', () => {
    const own = Float64Array.of(1, 2, 3)
    const x = fromTypedArray(own, [3])
    const double = fast((v) => [builder.mul(v as Tensor, 2), v as Tensor])
    own.fill(9)
    const [y, same] = double(x)
    ;(toTypedArray(y as Tensor) as Float64Array).fill(7)
    ;(toTypedArray(same as Tensor) as Float64Array).fill(7)
    own.fill(8)
    expect(double(x).map(toArray)).toEqual([[2, 4, 6], [1, 2, 3]]) // biome-ignore format: rows
    expect(double(y as Tensor).map(toArray)).toEqual([[4, 8, 12], [2, 4, 6]]) // biome-ignore format: rows
    expect([y, same].map((v) => toArray(v as Tensor))).toEqual([[2, 4, 6], [1, 2, 3]]) // biome-ignore format: rows
  })

  it('go through functions that are compiled and through operations that are not, in turn', () => {
    const half = fast((v) => [builder.mul(v as Tensor, 0.5)])
    let x = vector(64)
    for (let i = 0; i < 20; i++) x = builder.add(at(half(x)), 1)
    // the fixed point is 2: what is left of the start is 2⁻²⁰ of it
    expect(numbers(x)).toEqual(numbers(vector(64)).map((v) => 2 + (v - 2) / 2 ** 20))
  })
})

describe('functions of one structure', () => {
  it('share a module and keep their own constants', () => {
    const ks = [vector(50, 3), vector(50, -1), vector(50, 7)]
    const fs = ks.map(
      (k): ListFunction =>
        (x) => [builder.add(x as Tensor, k)],
    )
    const x = vector(50)
    expect(new Set(fs.map((f) => compiledOf(f, x))).size).toBe(1)
    const compiled = fs.map(fast)
    for (let round = 0; round < 3; round++)
      compiled.forEach((f, i) => {
        expect(numbers(at(f(x)))).toEqual(numbers(vector(50, 1 + ([3, -1, 7][i] as number))))
      })
  })

  it('have constants in the order of each', () => {
    const a = vector(8, 10)
    const b = vector(8, 100)
    const f = fast((x) => [builder.sub(builder.add(x as Tensor, a), b)])
    const g = fast((x) => [builder.sub(builder.add(x as Tensor, b), a)])
    const once = fast((x) => [builder.sub(builder.add(x as Tensor, a), a)])
    const x = vector(8)
    for (let i = 0; i < 2; i++) {
      expect(numbers(at(f(x)))).toEqual(numbers(vector(8, -89)).map((v) => v + 0))
      expect(numbers(at(g(x)))).toEqual(numbers(vector(8, 91)))
      expect(numbers(at(once(x)))).toEqual(numbers(x))
    }
  })

  it('but with other numbers in them have their own', () => {
    const by = (k: number): ListFunction =>
      fast((x) => [builder.div(builder.like(x as Tensor, 1), builder.mul(x as Tensor, k))])
    const x = arrayOf([2], 'f64', [1, 2])
    expect([1, 0, -0, 2, Infinity, Number.NaN].map((k) => numbers(at(by(k)(x))))).toEqual([
      [1, 0.5],
      [Infinity, Infinity],
      [-Infinity, -Infinity],
      [0.5, 0.25],
      [0, 0],
      [Number.NaN, Number.NaN],
    ])
  })

  it('are told apart by a constant that is uniform and one that is not, by element types and shapes', () => {
    const plus = (k: Tensor): ListFunction => fast((x) => [builder.add(x as Tensor, k)])
    const x = vector(3)
    expect(numbers(at(plus(uniform([3], 'f64', 1))(x)))).toEqual([1, 2, 3])
    expect(numbers(at(plus(arrayOf([3], 'f64', [1, 1, 1]))(x)))).toEqual([1, 2, 3])
    expect(numbers(at(plus(arrayOf([3], 'f64', [1, 2, 1]))(x)))).toEqual([1, 3, 3])
    const twice = (): ListFunction => fast((v) => [builder.add(v as Tensor, v as Tensor)])
    for (const dtype of ['f64', 'f32', 'i32'] as const)
      for (const shape of [[4], [2, 2], [4, 1], [1, 4]]) {
        const y = at(twice()(arrayOf(shape, dtype, [1, 2, 3, 4])))
        expect([y.dtype, y.shape, numbers(y)]).toEqual([dtype, shape, [2, 4, 6, 8]])
      }
  })

  it('are kept up to a number, those that were used last', () => {
    const kept = 512
    const f =
      (k: number): ListFunction =>
      (x) => [builder.mul(x as Tensor, k + 0.125)]
    const x = vector(4)
    const first = compiledOf(f(0), x)
    const second = compiledOf(f(1), x)
    for (let k = 2; k < kept; k++) compiledOf(f(k), x)
    expect(compiledOf(f(0), x)).toBe(first)
    // one more: the second is now the one that was used longest ago
    compiledOf(f(kept), x)
    expect(compiledOf(f(0), x)).toBe(first)
    expect(compiledOf(f(1), x)).not.toBe(second)
  })
})

describe('indices out of range', () => {
  const cases: readonly (readonly [string, ListFunction])[] = [
    ['gather', (x, i) => [builder.gather(x as Tensor, i as Tensor, 0)]],
    [
      'gather of what is computed',
      (x, i) => [
        builder.neg(
          builder.gather(
            builder.mul(x as Tensor, 0.1),
            builder.add(builder.mul(i as Tensor, 3), builder.mul(i as Tensor, -2)),
            0,
          ),
        ),
      ],
    ],
    [
      'scatterAdd',
      (x, i) => [
        builder.scatterAdd(builder.slice(x as Tensor, { start: [0], stop: [2], step: [1] }), i as Tensor, 0, 5),
      ],
    ],
  ]
  const bad = [5, -6, 1000, 2 ** 31 - 1, -(2 ** 31)]

  it.each(cases)('%s: the evaluator’s error, and nothing else is touched', (_, f) => {
    const x = vector(5)
    const g = fast(f)
    const before = Array.from({ length: 20 }, (_, k) => at(fast((v) => [builder.add(v as Tensor, 1)])(vector(100, k))))
    const good = arrayOf([2], 'i32', [0, 1])
    const right = numbers(at(f(x, good)))
    for (const k of bad) {
      const i = arrayOf([2], 'i32', [1, k])
      const expected = thrown(() => f(x, i))
      expect(expected).toBeInstanceOf(ValueError)
      const found = thrown(() => g(x, i))
      expect([found.constructor, found.message]).toEqual([expected.constructor, expected.message])
      expect(numbers(at(g(x, good)))).toEqual(right)
    }
    before.forEach((y, k) => {
      expect(numbers(y)).toEqual(numbers(vector(100, k)).map((v) => v + 1))
    })
    expect(numbers(x)).toEqual(numbers(vector(5)))
  })

  it('the last and the first row are in range', () => {
    const g = fast((x, i) => [builder.gather(x as Tensor, i as Tensor, 0)])
    expect(numbers(at(g(vector(5), arrayOf([4], 'i32', [4, 0, -1, -5]))))).toEqual([4, 0, 4, 0])
  })

  it('of an axis of no rows, every index is', () => {
    const f: ListFunction = (x, i) => [builder.gather(x as Tensor, i as Tensor, 0)]
    const x = arrayOf([0, 2], 'f64', [])
    const i = arrayOf([1], 'i32', [0])
    expect(thrown(() => fast(f)(x, i)).message).toBe(thrown(() => f(x, i)).message)
    expect(at(fast(f)(x, arrayOf([0], 'i32', []))).shape).toEqual([0, 2])
  })
})

describe('what is too large', () => {
  it('for the arena is run all the same', () => {
    const n = 2 ** 25 + 1
    const f: ListFunction = (x) => [builder.add(builder.broadcast(x as Tensor, [n], []), builder.iota([n], 'f64', 0))]
    const x = zeros([]) as Tensor
    expect(compiledOf(f, x)?.target).not.toBe('wasm')
    const y = bufferOf(at(fast(f)(x)) as Concrete)
    expect([y.length, y[0], y[12345], y[n - 1]]).toEqual([n, 0, 12345, n - 1])
  })

  /** So many halvings of what is one more. */
  const long =
    (steps: number): ListFunction =>
    (x) => {
      let y = x as Tensor
      for (let i = 0; i < steps; i++) y = builder.mul(builder.add(y, 1), 0.5)
      return [y]
    }

  it.each([
    ['not', 12_000, 'wasm'],
    ['evaluated', 100_001, undefined],
  ] as const)('for the compiler: %s with %d steps', (_, steps, target) => {
    const f = long(steps)
    const x = tensor([0, 1, 5]) as Tensor
    expect(compiledOf(f, x)?.target).toBe(target)
    const g = fast(f)
    const expected = [0, 1, 5].map((v) => {
      let y = v
      for (let i = 0; i < steps; i++) y = (y + 1) * 0.5
      return y
    })
    expect(numbers(at(g(x)))).toEqual(expected)
    expect(numbers(at(g(x)))).toEqual(expected)
  })
})
