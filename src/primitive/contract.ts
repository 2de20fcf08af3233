/**
 * Contraction by labels: each axis of a, b and the result carries a label, and every label stands in at least two of
 * the three. Matrix products, dot, outer and batched products are all of this one form; to transpose it is to exchange
 * the roles, to batch it is to add a label.
 */
import { ShapeError, showShape } from '../core/error.js'
import type { Abstract, Tensor } from '../core/value.js'
import { allocate, type Buffer, bufferOf, type Concrete, concrete } from '../tensor/concrete.js'
import { isIdentity, sizeOf } from '../tensor/shape.js'
import { checkDType, checkSameDType, drawn, REAL } from './define.js'
import { permuted } from './kernel.js'
import { type Sample, type Single, soleHole } from './record.js'

/** The labels of each axis of the two arguments and of the result. */
export interface ContractParams {
  readonly a: readonly number[]
  readonly b: readonly number[]
  readonly out: readonly number[]
}

const fail = (problem: string): never => {
  throw new ShapeError({ operation: 'contract', problem })
}

const show = (p: ContractParams): string => `${showShape(p.a)}, ${showShape(p.b)} → ${showShape(p.out)}`

const sizes = (p: ContractParams, a: Abstract, b: Abstract): ReadonlyMap<number, number> => {
  if (p.a.length !== a.shape.length || p.b.length !== b.shape.length)
    fail(`labels ${show(p)} do not name the axes of ${showShape(a.shape)} and ${showShape(b.shape)}`)
  for (const labels of [p.a, p.b, p.out])
    if (new Set(labels).size !== labels.length) fail(`a label stands twice in one of ${show(p)}`)
  const size = new Map<number, number>()
  p.a.forEach((l, i) => {
    size.set(l, a.shape[i] as number)
    if (!p.b.includes(l) && !p.out.includes(l))
      fail(`label ${l} stands only in the first argument of ${show(p)}; sum it first`)
  })
  p.b.forEach((l, i) => {
    const n = b.shape[i] as number
    if (!p.a.includes(l) && !p.out.includes(l))
      fail(`label ${l} stands only in the second argument of ${show(p)}; sum it first`)
    if (size.has(l) && size.get(l) !== n)
      fail(`sizes ${size.get(l)} and ${n} of label ${l} differ in ${showShape(a.shape)} × ${showShape(b.shape)}`)
    size.set(l, n)
  })
  for (const l of p.out) if (!size.has(l)) fail(`label ${l} of the result stands in no argument of ${show(p)}`)
  return size
}

/** o[i, j] += Σₖ x[i, k] · y[k, j], four rows of k at a time. */
const multiply = (o: Buffer, x: Buffer, y: Buffer, batches: number, m: number, k: number, n: number): void => {
  for (let q = 0; q < batches; q++)
    for (let i = 0; i < m; i++) {
      const row = (q * m + i) * n
      const left = (q * m + i) * k
      let l = 0
      for (; l + 3 < k; l += 4) {
        const x0 = x[left + l] as number
        const x1 = x[left + l + 1] as number
        const x2 = x[left + l + 2] as number
        const x3 = x[left + l + 3] as number
        const y0 = (q * k + l) * n
        const y1 = y0 + n
        const y2 = y1 + n
        const y3 = y2 + n
        for (let j = 0; j < n; j++)
          o[row + j] =
            (o[row + j] as number) +
            x0 * (y[y0 + j] as number) +
            x1 * (y[y1 + j] as number) +
            x2 * (y[y2 + j] as number) +
            x3 * (y[y3 + j] as number)
      }
      for (; l < k; l++) {
        const x0 = x[left + l] as number
        const y0 = (q * k + l) * n
        for (let j = 0; j < n; j++) o[row + j] = (o[row + j] as number) + x0 * (y[y0 + j] as number)
      }
    }
}

const RANK3: readonly Sample<ContractParams>[] = [
  { params: { a: [0, 1], b: [1, 2], out: [0, 2] }, args: [drawn([2, 3]), drawn([3, 4])] },
  { params: { a: [1, 0], b: [2, 1], out: [2, 0] }, args: [drawn([3, 2]), drawn([4, 3])] },
  { params: { a: [0, 1, 2], b: [2, 3], out: [0, 1, 3] }, args: [drawn([2, 3, 4]), drawn([4, 5])] },
  { params: { a: [0, 1, 2], b: [0, 2, 3], out: [3, 0, 1] }, args: [drawn([2, 3, 4]), drawn([2, 4, 5])] },
  { params: { a: [2, 0, 1], b: [1, 3, 2], out: [0, 3] }, args: [drawn([4, 2, 3]), drawn([3, 5, 4])] },
  { params: { a: [0], b: [0], out: [] }, args: [drawn([5]), drawn([5])] },
  { params: { a: [0], b: [1], out: [1, 0] }, args: [drawn([2]), drawn([3])] },
  { params: { a: [0], b: [0], out: [0] }, args: [drawn([3]), drawn([3])] },
  { params: { a: [], b: [0, 1], out: [1, 0] }, args: [drawn([]), drawn([2, 3])] },
  { params: { a: [0, 1], b: [1, 2], out: [0, 2] }, args: [drawn([2, 0]), drawn([0, 3])] },
]

/** Σ over the labels that are not in the result of a · b. */
export const contract: Single<ContractParams> = {
  name: 'contract',
  results: 'one',
  abstract: (p, args) => {
    const [a, b] = args as readonly [Abstract, Abstract]
    checkDType('contract', 'number', a)
    checkSameDType('contract', a, b)
    const size = sizes(p, a, b)
    return { shape: p.out.map((l) => size.get(l) as number), dtype: a.dtype }
  },
  evaluate: (p, args) => {
    const [a, b] = args as readonly [Concrete, Concrete]
    const size = sizes(p, a, b)
    const inA = (l: number): boolean => p.a.includes(l)
    const inB = (l: number): boolean => p.b.includes(l)
    const shared = p.out.filter((l) => inA(l) && inB(l))
    const left = p.out.filter((l) => !inB(l))
    const right = p.out.filter((l) => !inA(l))
    const summed = p.a.filter((l) => inB(l) && !p.out.includes(l))
    const arrange = (x: Concrete, labels: readonly number[], to: readonly number[]): Buffer => {
      const permutation = to.map((l) => labels.indexOf(l))
      return bufferOf(isIdentity(permutation) ? x : permuted(x, permutation))
    }
    const count = (labels: readonly number[]): number => sizeOf(labels.map((l) => size.get(l) as number))
    const x = arrange(a, p.a, [...shared, ...left, ...summed])
    const y = arrange(b, p.b, [...shared, ...summed, ...right])
    const labels = [...shared, ...left, ...right]
    const shape = labels.map((l) => size.get(l) as number)
    // f32 sums are kept in doubles and rounded once: the reference should be better than what is tested against it
    const o = allocate(a.dtype === 'f32' ? 'f64' : a.dtype, sizeOf(shape))
    multiply(o, x, y, count(shared), count(left), count(summed), count(right))
    const flat = concrete(shape, a.dtype, a.dtype === 'f32' ? new Float32Array(o) : o)
    const order = p.out.map((l) => labels.indexOf(l))
    return isIdentity(order) ? flat : permuted(flat, order)
  },
  jvp: (b, t, x, _, p) =>
    b.plus(
      t[0] == null ? null : b.contract(t[0], x[1] as Tensor, p),
      t[1] == null ? null : b.contract(x[0] as Tensor, t[1], p),
    ),
  transpose: (b, ct, x, p) =>
    soleHole('contract', x) === 0
      ? [b.contract(ct, x[1] as Tensor, { a: p.out, b: p.b, out: p.a }), null]
      : [null, b.contract(x[0] as Tensor, ct, { a: p.a, b: p.out, out: p.b })],
  batch: (b, x, axis, _, p) => {
    const label = 1 + Math.max(-1, ...p.a, ...p.b, ...p.out)
    return b.contract(x[0] as Tensor, x[1] as Tensor, {
      a: axis[0] ? [label, ...p.a] : p.a,
      b: axis[1] ? [label, ...p.b] : p.b,
      out: [label, ...p.out],
    })
  },
  samples: {
    cases: RANK3,
    refused: [
      { params: { a: [0, 1], b: [1, 2], out: [0, 2] }, args: [drawn([2, 3]), drawn([4, 5])], error: 'ShapeError' },
      { params: { a: [0, 1], b: [1, 2], out: [2] }, args: [drawn([2, 3]), drawn([3, 5])], error: 'ShapeError' },
      { params: { a: [0, 1], b: [1], out: [0] }, args: [drawn([2, 3]), drawn([3, 5])], error: 'ShapeError' },
      { params: { a: [0], b: [0], out: [] }, args: [drawn([3]), drawn([3], REAL, 'f32')], error: 'DTypeError' },
    ],
  },
}
