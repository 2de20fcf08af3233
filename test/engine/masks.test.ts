/** Masks read off what is kept: the same bits, and nothing is kept that nobody needs. */
import * as fc from 'fast-check'
import {
  add,
  grad,
  jit,
  matmul,
  mul,
  relu,
  square,
  sum,
  type Tensor,
  tensor,
  toArray,
  valueAndGrad,
  where,
} from 'lanac'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/engine/evaluate.js'
import { simd128 } from '../../src/engine/machine.js'
import { masksOfKept } from '../../src/engine/masks.js'
import { schedule } from '../../src/engine/schedule.js'
import { simplify } from '../../src/engine/simplify.js'
import { less, lessEqual } from '../../src/ops/index.js'
import { trace } from '../../src/tape/trace.js'
import type { Concrete } from '../../src/tensor/concrete.js'

type Matrix = Tensor<[3, 3], 'f64'>

/** Numbers at which a comparison may go wrong. */
const special = fc.constantFrom(0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 5e-324, -5e-324, 2)
const matrix = fc.array(special, { minLength: 9, maxLength: 9 })
const rows = (xs: readonly number[]): Matrix => tensor([xs.slice(0, 3), xs.slice(3, 6), xs.slice(6)]) as never

/** An activation, a product that keeps it, and the mask again. */
const activations: { readonly [name: string]: (x: Matrix) => readonly [Tensor, Tensor] } = {
  'select of what is below': (x) => [where(lessEqual(x, 0), 0, x), lessEqual(x, 0)],
  'select of what is above': (x) => [where(less(0, x), x, 0), less(0, x)],
  'another bound': (x) => [where(lessEqual(x, 1), -2, x), lessEqual(x, 1)],
  'no bound of its own': (x) => [where(less(x, 0), 0, x), less(x, 0)],
  'a slope below': (x) => [where(less(x, 0), mul(x, 0.5), x), less(x, 0)],
}

const programOf = (name: string) =>
  simplify(
    trace((x: Matrix, w: Matrix) => {
      const z = add(matmul(x, w), 1) as Matrix
      const [y, mask] = (activations[name] as (x: Matrix) => readonly [Tensor, Tensor])(z)
      return [matmul(y as Matrix, w), where(mask, 0, w)]
    })(rows([1, 2, 3, 4, 5, 6, 7, 8, 9]), rows([1, 2, 3, 4, 5, 6, 7, 8, 9])),
  )

describe('masks of what is kept', () => {
  it.each(Object.keys(activations))('are the same bits: %s', (name) => {
    const p = programOf(name)
    const q = masksOfKept(p)
    fc.assert(
      fc.property(matrix, matrix, (x, w) => {
        const args = [rows(x), rows(w)] as readonly Tensor[] as readonly Concrete[]
        expect(evaluate(q, args).map(toArray)).toEqual(evaluate(p, args).map(toArray))
      }),
      { numRuns: 200 },
    )
  })

  it('are found where the number that is taken compares like what it is taken for, and nowhere else', () => {
    const changed = Object.keys(activations).filter((name) => {
      const p = programOf(name)
      return masksOfKept(p) !== p
    })
    expect(changed).toEqual(['select of what is below', 'select of what is above', 'another bound'])
  })

  it('let a layer keep its activations alone', () => {
    const loss = (w: Matrix, v: Matrix, x: Matrix) => sum(square(matmul(relu(add(matmul(x, w), 1) as Matrix), v)))
    const a = rows([1, 2, 3, 4, 5, 6, 7, 8, 9])
    const p = simplify(trace((w: Matrix, v: Matrix, x: Matrix) => valueAndGrad(loss)(w, v, x))(a, a, a))
    /** Of the kernel that computes the activations, how many arrays it writes. */
    const written = (program: typeof p): number | undefined => {
      const kernels = schedule(program, simd128)?.kernels ?? []
      return kernels.find((k) => k.operations.includes('select'))?.nests.flatMap((n) => n.stores).length
    }
    expect([written(p), written(masksOfKept(p))]).toEqual([2, 1])
    expect(toArray(jit(grad(loss))(a, a, a))).toEqual(toArray(grad(loss)(a, a, a)))
  })
})
