/** Calls written out: what any call does, however its arguments come. */
import * as fc from 'fast-check'
import { add, item, jit, mul, sum, type Tensor, take, tensor, toArray, zeros } from 'lanac'
import { describe, expect, it } from 'vitest'
import { arena } from '../../src/engine/arena.js'
import { callLayout, longFrom } from '../../src/engine/call-layout.js'
import { planned } from '../../src/engine/compiled.js'
import { simd128 } from '../../src/engine/machine.js'
import type { OnHeap } from '../../src/engine/on-heap.js'
import { simplify } from '../../src/engine/simplify.js'
import { writtenCall } from '../../src/engine/written-call.js'
import { trace } from '../../src/tape/trace.js'
import type { Concrete } from '../../src/tensor/concrete.js'

type Vector = Tensor<[3], 'f64'>

const f = (x: Vector, s: Tensor<[], 'f64'>) => [add(mul(x, s), 1), sum(x)] as const

describe('a call that is written out', () => {
  it('gives what the first one gave: arguments resident, from the heap, filled with one number, numbers', () => {
    const fast = jit(f)
    let last: Vector = tensor([1, 2, 3])
    const vectors: { readonly [kind: string]: () => Vector } = {
      resident: () => last,
      heap: () => tensor([4, -5, 6]),
      filled: () => zeros([3]) as Vector,
    }
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(vectors)), fc.integer({ min: -3, max: 3 }), (kind, s) => {
        const x = (vectors[kind] as () => Vector)()
        const [y, z] = fast(x, s as never)
        const [u, v] = f(x, s as never)
        expect(toArray(y)).toEqual(toArray(u))
        expect(item(z)).toBe(item(v))
        if (Math.abs(item(z)) < 1e6) last = y as Vector
      }),
      { numRuns: 300 },
    )
  })

  it('says so when an index is out of range, and goes on', () => {
    const pick = jit((x: Vector, k: Tensor<[2], 'i32'>) => take(x, k))
    const x = tensor([1, 2, 3])
    const at = (k: readonly [number, number]) => tensor(k, { dtype: 'i32' })
    for (let i = 0; i < 3; i++) expect(toArray(pick(x, at([0, 2])))).toEqual([1, 3])
    expect(() => pick(x, at([0, 3]))).toThrow(/index/)
    expect(toArray(pick(x, at([1, -1])))).toEqual([2, 3])
  })

  it('is for arguments that stand in the arena', () => {
    const a = arena(2 ** 16)
    const x = tensor([1, 2, 3])
    const p = simplify(trace(f)(x, tensor(2)))
    const planning = planned(p, a, simd128)
    if (planning === null) throw new Error('not planned')
    const ran: number[] = []
    const layout = callLayout(p, planning.schedule, planning.plan, () => false, false)
    const call = writtenCall(layout, a, (table) => ran.push(table), null)
    const args = [x, tensor(2)] as readonly Tensor[] as readonly Concrete[]
    expect(call?.(args)).toBe(undefined)
    expect(ran).toEqual([])
    a.begin()
    const home = a.slab(24)
    Object.assign(args[0] as Concrete, { residence: home, place: 0 })
    expect(call?.(args)?.map((y) => y.shape)).toEqual([[3], []])
    expect(ran).toHaveLength(1)
  })

  it('takes and gives arrays on the heap where code reaches them', () => {
    const a = arena(2 ** 16)
    const x = tensor([1, 2, 3])
    const p = simplify(trace(f)(x, tensor(2)))
    const planning = planned(p, a, simd128, 24)
    if (planning === null) throw new Error('not planned')
    const tables: (readonly number[])[] = []
    const layout = callLayout(p, planning.schedule, planning.plan, longFrom(24), true)
    const run = (table: number): void => {
      tables.push([...a.whole('f64').subarray(table / 8, table / 8 + 5)])
    }
    const made = Float64Array.of(7, 8, 9)
    const far: OnHeap = { placeOf: (y) => (y.buffer === null ? null : -64), freshOf: () => [made, -128] }
    const call = writtenCall(layout, a, run, far)
    const args = [x, tensor(2)] as readonly Tensor[] as readonly Concrete[]
    const [y, z] = call?.(args) ?? []
    expect(y?.buffer).toBe(made)
    expect([z?.shape, z?.buffer]).toEqual([[], null])
    // where the arguments lie, and the long result
    expect(tables[0]?.[1]).toBe(-64)
    expect(tables[0]?.slice(3)).toContain(-128)
    // one that stands in the arena is read there
    a.begin()
    const home = a.slab(24)
    Object.assign(args[0] as Concrete, { residence: home, place: 0 })
    call?.(args)
    expect(tables[1]?.[1]).toBe(home.address)
    // and one that is one number is not for this code
    expect(call?.([zeros([3]) as Tensor, tensor(2)] as readonly Tensor[] as readonly Concrete[])).toBe(undefined)
  })
})
