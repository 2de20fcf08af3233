/**
 * Contraction by labels: each axis of a, b and the result carries a label, and every label stands in at least two of
 * the three. Matrix products, dot, outer and batched products are all of this one form; to transpose it is to exchange
 * the roles, to batch it is to add a label.
 */
import { ShapeError, showShape } from '../core/error.js'
import type { Abstract, DType, Shape, Tensor } from '../core/value.js'
import { allocate, bufferOf, type Concrete, concrete, uniform } from '../tensor/concrete.js'
import { isIdentity, sizeOf, stridesOf } from '../tensor/shape.js'
import { checkDType, checkSameDType, drawn, REAL } from './define.js'
import { permuted } from './kernel.js'
import { type Matrices, multiply, multiplyIntegers, type ProductSize } from './matrix.js'
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

/** The one stride that walks these labels in order as if they were one axis; undefined when there is none. */
const strideOf = (labels: readonly number[], x: Concrete, own: readonly number[]): number | undefined => {
  if (x.buffer === null) return 0
  const strides = stridesOf(x.shape)
  let stride: number | undefined
  let next = 0
  for (let i = labels.length - 1; i >= 0; i--) {
    const axis = own.indexOf(labels[i] as number)
    const n = x.shape[axis] as number
    if (n === 1) continue
    if (stride === undefined) stride = strides[axis] as number
    else if (strides[axis] !== next) return undefined
    next = (strides[axis] as number) * n
  }
  return stride ?? 0
}

/** An argument as matrices: read where it lies if each group of labels has a stride, copied in order otherwise. */
const matrices = (
  x: Concrete,
  own: readonly number[],
  batch: readonly number[],
  row: readonly number[],
  column: readonly number[],
): Matrices => {
  const [p, q, r] = [batch, row, column].map((labels) => strideOf(labels, x, own))
  if (p !== undefined && q !== undefined && r !== undefined)
    return { data: x.buffer ?? bufferOf(uniform([1], x.dtype, x.value)), batch: p, row: q, column: r }
  const copy = permuted(
    x,
    [...batch, ...row, ...column].map((l) => own.indexOf(l)),
  )
  const labels = [...batch, ...row, ...column]
  return matrices(copy, labels, batch, row, column)
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

/** The product as an array; floats are summed in doubles and rounded once. */
const product = (dtype: DType, shape: Shape, x: Matrices, y: Matrices, size: ProductSize): Concrete => {
  if (dtype === 'i32') {
    const o = allocate('i32', sizeOf(shape)) as Int32Array
    multiplyIntegers(o, x, y, size)
    return concrete(shape, dtype, o)
  }
  const o = allocate('f64', sizeOf(shape)) as Float64Array
  multiply(o, x, y, size)
  return concrete(shape, dtype, dtype === 'f32' ? new Float32Array(o) : o)
}

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
    const x = matrices(a, p.a, shared, left, summed)
    const y = matrices(b, p.b, shared, summed, right)
    const labels = [...shared, ...left, ...right]
    const shape = labels.map((l) => size.get(l) as number)
    const count = (group: readonly number[]): number => sizeOf(group.map((l) => size.get(l) as number))
    const flat = product(a.dtype, shape, x, y, {
      batches: count(shared),
      m: count(left),
      k: count(summed),
      n: count(right),
    })
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
    examples: [
      {
        params: { a: [0, 1], b: [1, 2], out: [0, 2] },
        args: [
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        ],
        value: [
          [19, 22],
          [43, 50],
        ],
        partials: [
          [
            [11, 15],
            [11, 15],
          ],
          [
            [4, 4],
            [6, 6],
          ],
        ],
      },
      {
        params: { a: [0], b: [1], out: [0, 1] },
        args: [
          [1, 2],
          [3, 4, 5],
        ],
        value: [
          [3, 4, 5],
          [6, 8, 10],
        ],
        partials: [
          [12, 12],
          [3, 3, 3],
        ],
      },
      {
        params: { a: [0], b: [0], out: [] },
        args: [
          [1, 2, 3],
          [4, 5, 6],
        ],
        value: 32,
        partials: [
          [4, 5, 6],
          [1, 2, 3],
        ],
      },
      {
        params: { a: [0], b: [0], out: [] },
        args: [
          [3, -2],
          [5, 7],
        ],
        value: 1,
        dtypes: [['i32', 'i32'], 'i32'],
      },
    ],
    refused: [
      { params: { a: [0, 1], b: [1, 2], out: [0, 2] }, args: [drawn([2, 3]), drawn([4, 5])], error: 'ShapeError' },
      { params: { a: [0, 1], b: [1, 2], out: [2] }, args: [drawn([2, 3]), drawn([3, 5])], error: 'ShapeError' },
      { params: { a: [0, 1], b: [1], out: [0] }, args: [drawn([2, 3]), drawn([3, 5])], error: 'ShapeError' },
      { params: { a: [0], b: [0], out: [] }, args: [drawn([3]), drawn([3], REAL, 'f32')], error: 'DTypeError' },
    ],
  },
}
