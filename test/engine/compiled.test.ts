/** Compiled programs and the arena: where values lie, what is copied, and what is still right much later. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrayOf } from '../../laws/sample.js'
import type { DType, Shape, Tensor } from '../../src/core/value.js'
import { type Arena, arena, Slab } from '../../src/engine/arena.js'
import { compileProgram } from '../../src/engine/compiled.js'
import { plain } from '../../src/engine/plain.js'
import { simplify } from '../../src/engine/simplify.js'
import { builder } from '../../src/tape/node.js'
import type { Program } from '../../src/tape/program.js'
import { abstractly, traceLeaves } from '../../src/tape/trace.js'
import { bufferOf, type Concrete, concrete, scalarOf, uniform } from '../../src/tensor/concrete.js'

type ListFunction = (x: readonly Tensor[]) => readonly Tensor[]

const traced = (f: ListFunction, x: readonly Tensor[]): Program =>
  plain(simplify(traceLeaves(f, x.map(abstractly), { name: 'test' })))

/** A function compiled for an arena, called with values like those that it was compiled for. */
const compiled = (f: ListFunction, x: readonly Tensor[], a: Arena) => {
  const program = traced(f, x)
  const c = compileProgram(program, a)
  if (c === null) throw new Error('not compiled')
  return {
    compiled: c,
    call: (...values: readonly Concrete[]): readonly Concrete[] => {
      const out = c.run(values, program.constants)
      if (out === null) throw new Error('not run')
      return out
    },
  }
}

const slabOf = (x: Concrete): Slab => {
  if (!(x.residence instanceof Slab)) throw new Error('stands on the heap')
  return x.residence
}
const list = (x: Concrete): readonly number[] => [...bufferOf(x)]
const floats = (...x: readonly number[]): Concrete => arrayOf([x.length], 'f64', x)
const counting = (n: number): Concrete => floats(...Array.from({ length: n }, (_, i) => i))

describe('results', () => {
  it('stay where they were written, and go in again from there', () => {
    const a = arena(2 ** 16)
    const f = compiled(([x]) => [builder.add(x as Tensor, 1)], [counting(10)], a)
    const [y] = f.call(counting(10)) as [Concrete]
    const slab = slabOf(y)
    expect(y.held).toBeNull()
    const address = slab.address
    const [z] = f.call(y) as [Concrete]
    expect(y.held).toBeNull()
    expect(y.residence).toBe(slab)
    expect(slab.address).toBe(address)
    expect(list(z)).toEqual(list(counting(10)).map((x) => x + 2))
    expect(list(y)).toEqual(list(counting(10)).map((x) => x + 1))
  })

  it('of one call share a slab, each in its own place', () => {
    const a = arena(2 ** 16)
    const f = compiled(
      ([x]) => [builder.neg(x as Tensor), builder.mul(x as Tensor, 2), builder.reshape(x as Tensor, [5, 1])],
      [counting(5)],
      a,
    )
    const out = f.call(counting(5))
    expect(new Set(out.map(slabOf)).size).toBe(1)
    expect(new Set(out.map((x) => x.place)).size).toBe(3)
    expect(out.map(list)).toEqual([[-0, -1, -2, -3, -4], [0, 2, 4, 6, 8], [0, 1, 2, 3, 4]]) // biome-ignore format: rows
  })

  it('are scalars at once', () => {
    const a = arena(2 ** 16)
    const f = compiled(([x]) => [builder.sum(x as Tensor, [0])], [counting(5)], a)
    const [y] = f.call(counting(5)) as [Concrete]
    expect([y.shape, y.residence, y.value]).toEqual([[], null, 10])
  })

  it('are right after many later calls, and once more when they come back in', () => {
    const a = arena(2 ** 14)
    const f = compiled(
      ([x, k]) => [builder.mul(x as Tensor, builder.broadcast(k as Tensor, [100], []))],
      [counting(100), scalarOf('f64', 1)],
      a,
    )
    const x = counting(100)
    const all = Array.from({ length: 200 }, (_, k) => f.call(x, scalarOf('f64', k))[0] as Concrete)
    expect(all.some((y) => slabOf(y).address < 0)).toBe(true)
    expect(all.some((y) => slabOf(y).address >= 0)).toBe(true)
    all.forEach((y, k) => {
      if (k % 2 === 0) expect(list(y)).toEqual(list(x).map((v) => v * k))
    })
    all.forEach((y, k) => {
      expect(list(f.call(y, scalarOf('f64', 2))[0] as Concrete)).toEqual(list(x).map((v) => v * k * 2))
    })
    all.forEach((y, k) => {
      expect(list(y)).toEqual(list(x).map((v) => v * k))
    })
  })
})

describe('inputs', () => {
  it('on the heap are copied in once', () => {
    const a = arena(2 ** 16)
    const f = compiled(([x]) => [builder.add(x as Tensor, 1)], [counting(10)], a)
    const x = counting(10)
    f.call(x)
    const slab = slabOf(x)
    f.call(x)
    expect(x.residence).toBe(slab)
    // copied out, the slab has what the heap had all along
    a.empty()
    expect(slab.heap).toBe(x.held?.buffer)
    f.call(x)
    expect(x.residence).toBe(slab)
    expect(slab.address).toBeGreaterThan(0)
  })

  it('may be the same value several times', () => {
    const a = arena(2 ** 16)
    const f = compiled(([x, y]) => [builder.sub(x as Tensor, y as Tensor)], [counting(4), counting(4)], a)
    const x = counting(4)
    expect(list(f.call(x, x)[0] as Concrete)).toEqual([0, 0, 0, 0])
    const [y] = f.call(x, floats(1, 1, 1, 1)) as [Concrete]
    expect(list(f.call(y, y)[0] as Concrete)).toEqual([0, 0, 0, 0])
    a.empty()
    expect(list(f.call(y, y)[0] as Concrete)).toEqual([0, 0, 0, 0])
    expect(list(f.call(y, x)[0] as Concrete)).toEqual([-1, -1, -1, -1])
  })

  it('come from another arena, and from both', () => {
    const a = arena(2 ** 12)
    const b = arena(2 ** 12)
    const f = compiled(([x]) => [builder.add(x as Tensor, 1)], [counting(30)], a)
    const g = compiled(([x]) => [builder.mul(x as Tensor, 2)], [counting(30)], b)
    let x = counting(30)
    let expected = list(x)
    const old: [Concrete, readonly number[]][] = []
    for (let i = 0; i < 40; i++) {
      x = (i % 3 === 0 ? f : g).call(x)[0] as Concrete
      expected = expected.map((v) => (i % 3 === 0 ? v + 1 : v * 2))
      old.push([x, expected])
      expect(slabOf(x).owner).toBe(i % 3 === 0 ? a : b)
    }
    for (const [y, values] of old) expect(list(y)).toEqual(values)
  })

  it('that are uniform stay one number', () => {
    const a = arena(2 ** 16)
    const f = compiled(([x, y]) => [builder.sub(x as Tensor, y as Tensor)], [counting(6), counting(6)], a)
    const one = uniform([6], 'f64', 1)
    expect(list(f.call(counting(6), one)[0] as Concrete)).toEqual([-1, 0, 1, 2, 3, 4])
    expect([one.held, one.residence, one.value]).toEqual([null, null, 1])
    expect(list(f.call(one, one)[0] as Concrete)).toEqual([0, 0, 0, 0, 0, 0])
    expect(list(f.call(uniform([6], 'f64', Number.NaN), one)[0] as Concrete)).toEqual(new Array(6).fill(Number.NaN))
  })

  it('may be a part of a larger array', () => {
    const a = arena(2 ** 12)
    const x = concrete([3], 'f64', Float64Array.of(9, 9, 1, 2, 3, 9).subarray(2, 5))
    const f = compiled(([v]) => [builder.add(v as Tensor, 1)], [x], a)
    for (let i = 0; i < 3; i++) {
      expect(list(f.call(x)[0] as Concrete)).toEqual([2, 3, 4])
      a.empty()
    }
  })

  it.each([
    ['f64', [0.1, -0, Number.NaN, Infinity]],
    ['f32', [0.5, -0, Number.NaN, -Infinity]],
    ['i32', [2 ** 31 - 1, -(2 ** 31), 0, -1]],
    ['bool', [1, 0, 1, 1]],
  ] as const)('and results are %s as they are', (dtype: DType, values: readonly number[]) => {
    const a = arena(2 ** 12)
    const x = arrayOf([4], dtype, values)
    const f = compiled(([v]) => [builder.flip(v as Tensor, [0]), v as Tensor], [x], a)
    let y = x
    for (let i = 0; i < 100; i++) {
      const [back, same] = f.call(y) as [Concrete, Concrete]
      expect([back.dtype, same.dtype]).toEqual([dtype, dtype])
      expect(list(same)).toEqual(i % 2 === 0 ? values : [...values].reverse())
      y = back
    }
    expect(list(y)).toEqual(values)
  })

  it('of no elements are fine', () => {
    const a = arena(2 ** 12)
    const x = arrayOf([0, 3], 'f32', [])
    const f = compiled(
      ([v]) => [builder.neg(v as Tensor), builder.sum(v as Tensor, [0]), builder.permute(v as Tensor, [1, 0])],
      [x],
      a,
    )
    for (let i = 0; i < 3; i++) {
      const [none, sum, turned] = f.call(x) as [Concrete, Concrete, Concrete]
      expect([list(none), list(sum), list(turned)]).toEqual([[], [0, 0, 0], []])
      expect(list(f.call(none)[1] as Concrete)).toEqual([0, 0, 0])
      a.empty()
    }
  })
})

describe('scalars', () => {
  const kinds = [
    ['f64', [0.1, -0, Number.NaN, Infinity, 5e-324]],
    ['f32', [0.5, -0, Number.NaN, -Infinity, Math.fround(0.1)]],
    ['i32', [2 ** 31 - 1, -(2 ** 31), 0, -1, 7]],
    ['bool', [1, 0, 1, 1, 0]],
  ] as const

  it('of every type go in and come out beside arrays, in any order', () => {
    const a = arena(2 ** 12)
    const args = (k: number): readonly Concrete[] => [
      ...kinds.map(([dtype, values]) => scalarOf(dtype, values[k] as number)),
      floats(k, k + 1),
    ]
    const f = compiled((x) => [...x].reverse().concat(builder.like(x[0] as Tensor, 4), x), args(0), a)
    for (let k = 0; k < 5; k++) {
      const plain = args(k).map(list)
      const out = f.call(...args(k))
      expect(out.map(list)).toEqual([...[...plain].reverse(), [4], ...plain])
      for (const y of out) expect(y.residence === null).toBe(y.shape.length === 0)
    }
  })

  it('take no room from arrays: a full ring stays as it is', () => {
    const a = arena(2 ** 12)
    const fill = compiled(([x]) => [builder.add(x as Tensor, 1)], [counting(120)], a)
    const y = fill.call(counting(120))[0] as Concrete
    const sum = compiled(
      (x) => [x.reduce((p, q) => builder.add(p, q))],
      Array.from({ length: 20 }, () => scalarOf('f64', 0)),
      a,
    )
    for (let k = 0; k < 1000; k++) {
      const x = Array.from({ length: 20 }, (_, i) => scalarOf('f64', i * k))
      expect(sum.call(...x)[0]?.value).toBe(190 * k)
    }
    expect(slabOf(y).address).toBeGreaterThan(0)
    expect(slabOf(y).heap).toBeNull()
  })

  it('come from a value that was made of one element', () => {
    const a = arena(2 ** 12)
    const one = compiled(([x]) => [builder.reshape(x as Tensor, [])], [floats(3)], a)
    const twice = compiled(([x]) => [builder.add(x as Tensor, x as Tensor)], [scalarOf('f64', 0)], a)
    expect(twice.call(one.call(floats(21))[0] as Concrete)[0]?.value).toBe(42)
    expect(twice.call(builder.reshape(floats(4), []) as Concrete)[0]?.value).toBe(8)
  })
})

describe('results that are', () => {
  it('inputs, constants, and the same value twice are values of their own', () => {
    const a = arena(2 ** 14)
    const k = floats(5, 6, 7)
    const f = compiled(
      ([x]) => {
        const y = builder.add(x as Tensor, 1)
        return [x as Tensor, y, y, x as Tensor, k, k, uniform([3], 'f64', 4)]
      },
      [counting(3)],
      a,
    )
    const x = counting(3)
    for (let i = 0; i < 50; i++)
      expect(f.call(x).map(list)).toEqual([
        [0, 1, 2],
        [1, 2, 3],
        [1, 2, 3],
        [0, 1, 2],
        [5, 6, 7],
        [5, 6, 7],
        [4, 4, 4],
      ])
    expect(list(k)).toEqual([5, 6, 7])
    expect(list(x)).toEqual([0, 1, 2])
  })
})

describe('an arena that is too small', () => {
  it('takes no program that would fill it', () => {
    const x = counting(2 ** 10)
    const program = traced(([v]) => [builder.neg(v as Tensor)], [x])
    // in and out, twice over
    expect(compileProgram(program, arena(2 ** 15 - 64))).toBeNull()
    expect(compileProgram(program, arena(2 ** 15))).not.toBeNull()
  })

  it('makes room by copying everything out, where no hole is as large as what is asked for', () => {
    const a = arena(2 ** 12)
    const f = compiled(([x]) => [builder.add(x as Tensor, 1)], [counting(1)], a)
    const wide = compiled(
      (xs) => [
        builder.broadcast(
          xs.reduce((p, q) => builder.add(p, q)),
          [200, 1],
          [1],
        ),
      ],
      [counting(1), counting(1), counting(1)],
      a,
    )
    // a call takes two lines, what goes in and what comes out: eight of them are a quarter of the ring
    const spread = (): readonly Concrete[] =>
      [1, 2, 3].map((k) => {
        for (let i = 0; i < 7; i++) f.call(floats(k))
        return f.call(floats(k))[0] as Concrete
      })
    for (let i = 0; i < 5; i++) {
      a.empty()
      const xs = spread()
      const [p, q, r] = xs.map((x) => slabOf(x).address) as [number, number, number]
      expect([q - p, r - q]).toEqual([1024, 1024])
      expect(list(wide.call(...xs)[0] as Concrete)).toEqual(new Array(200).fill(9))
      expect(xs.map((x) => slabOf(x).address - slabOf(xs[0] as Concrete).address)).toEqual([0, 64, 128])
      expect(xs.map(list)).toEqual([[2], [3], [4]])
    }
  })

  it('brings back a small part of a large slab alone', () => {
    const a = arena(2 ** 12)
    const parts = compiled(
      ([x]) => [builder.broadcast(x as Tensor, [200, 1], [1]), builder.neg(x as Tensor)],
      [counting(1)],
      a,
    )
    const sum = compiled(
      (xs) => [xs.reduce((p, q) => builder.add(p, q))],
      Array.from({ length: 8 }, () => counting(1)),
      a,
    )
    // eight slabs of 1.6 KB do not fit 4 KB, eight values of a number do
    const small = Array.from({ length: 8 }, (_, k) => parts.call(floats(k))[1] as Concrete)
    expect(list(sum.call(...small)[0] as Concrete)).toEqual([-28])
    expect(small.map(list)).toEqual(Array.from({ length: 8 }, (_, k) => [-k]))
  })
})

describe('sequences of calls', () => {
  /** What stands for a value on the heap: its shape and numbers. */
  interface Plain {
    readonly shape: Shape
    readonly values: readonly number[]
  }
  const SIZES = [1, 3, 16, 100]
  const words = {
    add: (x: number, y: number): number => x + y,
    sub: (x: number, y: number): number => x - y,
    mul: (x: number, y: number): number => x * y,
  }
  const names = Object.keys(words) as (keyof typeof words)[]

  it('compute what numbers on the heap do, whatever is kept, forgotten, read or used again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ word: fc.nat(99), size: fc.nat(99), p: fc.nat(9999), q: fc.nat(9999), read: fc.nat(9) }), {
          maxLength: 200,
          size: 'max',
        }),
        (calls) => {
          const arenas = [arena(2 ** 13), arena(2 ** 14)]
          const programs = new Map<string, ReturnType<typeof compiled>>()
          const pools = SIZES.map((n) => [
            { value: counting(n) as Concrete, plain: { shape: [n], values: list(counting(n)) } as Plain },
            { value: uniform([n], 'f64', 2), plain: { shape: [n], values: new Array<number>(n).fill(2) } },
          ])
          for (const c of calls) {
            const which = c.size % SIZES.length
            const n = SIZES[which] as number
            const pool = pools[which] as (typeof pools)[number]
            const word = names[c.word % names.length] as keyof typeof words
            const home = arenas[c.word % arenas.length] as Arena
            const key = `${word}${n}${c.word % arenas.length}`
            const made =
              programs.get(key) ??
              compiled(
                ([x, y]) => [builder[word](x as Tensor, y as Tensor), builder.neg(x as Tensor)],
                [counting(n), counting(n)],
                home,
              )
            programs.set(key, made)
            const p = pool[c.p % pool.length] as (typeof pool)[number]
            const q = pool[c.q % pool.length] as (typeof pool)[number]
            const [both, negated] = made.call(p.value, q.value) as [Concrete, Concrete]
            const plainBoth = p.plain.values.map((x, i) => words[word](x, q.plain.values[i] as number))
            pool.push({ value: both, plain: { shape: [n], values: plainBoth } })
            pool.push({ value: negated, plain: { shape: [n], values: p.plain.values.map((x) => -x) } })
            if (c.read === 0) expect(list(p.value)).toEqual(p.plain.values)
          }
          for (const pool of pools) for (const { value, plain } of pool) expect(list(value)).toEqual(plain.values)
        },
      ),
      { numRuns: 40 },
    )
  })
})
