/** Products of arrays, all of them contractions by labels; diagonals and triangles. */
import { ShapeError, showShape, ValueError } from '../core/error.js'
import type { Shape, Tensor } from '../core/value.js'
import { checkDType } from '../primitive/define.js'
import { builder as b } from '../tape/node.js'
import { broadcastShapes, otherAxes, range } from '../tensor/shape.js'
import { lift, meet, stretch, withOptions, withSecond } from './operand.js'
import type { Dot, Einsum, MatMulOp, Outer } from './signatures.js'

// ------------------------------------------------------------------------------------------------------------ products

const two = (name: string, x: unknown, y: unknown): readonly [Tensor, Tensor] => {
  const [a, c] = meet(name, lift(name, x), lift(name, y))
  return [number(name, a), number(name, c)]
}

const number = (name: string, x: Tensor): Tensor => {
  checkDType(name, 'number', x)
  return x
}

/** The leading axes of both, broadcast. @throws ShapeError that names the shapes and the sizes that differ */
const leading = (a: Shape, c: Shape): Shape => {
  const [la, lc] = [a.slice(0, -2), c.slice(0, -2)]
  for (let i = 1; i <= Math.min(la.length, lc.length); i++) {
    const [p, q] = [la.at(-i) as number, lc.at(-i) as number]
    if (p !== q && p !== 1 && q !== 1)
      throw new ShapeError({
        operation: 'matmul',
        problem: `${showShape(a)} x ${showShape(c)}: leading sizes ${p} and ${q} differ`,
      })
  }
  return broadcastShapes('matmul', la, lc)
}

/**
 * The matrix product; a vector is a row on the left and a column on the right, leading axes broadcast.
 * [...n, m, k] × [...n, k, p] → [...n, m, p]; ∂x = ct·yᵀ, ∂y = xᵀ·ct.
 *
 * @example
 * ```ts
 * import { matmul, tensor, toArray } from 'lanac'
 * assert.deepStrictEqual(toArray(matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1]))), [3, 7])
 * ```
 */
export const matmul = withSecond((x, y) => {
  const [a, c] = two('matmul', x, y)
  const ra = a.shape.length
  const rc = c.shape.length
  if (ra === 0 || rc === 0)
    throw new ShapeError({
      operation: 'matmul',
      problem: `takes rank 1 or more, found ${showShape(a.shape)} x ${showShape(c.shape)}`,
      hint: 'use mul for scalars',
    })
  const ka = a.shape[ra - 1] as number
  const kc = c.shape[Math.max(0, rc - 2)] as number
  if (ka !== kc)
    throw new ShapeError({
      operation: 'matmul',
      problem: `${showShape(a.shape)} x ${showShape(c.shape)}: inner dimensions ${ka} and ${kc} differ`,
    })
  const la = a.shape.slice(0, Math.max(0, ra - 2))
  const lc = c.shape.slice(0, Math.max(0, rc - 2))
  const lead = lc.length === 0 ? la : la.length === 0 ? lc : leading(a.shape, c.shape)
  const n = lead.length
  // an operand without leading axes has no label for them: nothing is copied
  const left = la.length === 0 ? a : stretch('matmul', a, [...lead, ...a.shape.slice(-2)])
  const right = lc.length === 0 ? c : stretch('matmul', c, [...lead, ...c.shape.slice(-2)])
  const batch = range(n)
  const [m, k, p] = [n, n + 1, n + 2]
  return b.contract(left, right, {
    a: [...(la.length === 0 ? [] : batch), ...(ra === 1 ? [k] : [m, k])],
    b: [...(lc.length === 0 ? [] : batch), ...(rc === 1 ? [k] : [k, p])],
    out: [...batch, ...(ra === 1 ? [] : [m]), ...(rc === 1 ? [] : [p])],
  })
}) as MatMulOp

const vectors = (name: string, x: unknown, y: unknown): readonly [Tensor, Tensor] => {
  const [a, c] = two(name, x, y)
  if (a.shape.length !== 1 || c.shape.length !== 1)
    throw new ShapeError({
      operation: name,
      problem: `takes two vectors, found ${showShape(a.shape)} and ${showShape(c.shape)}`,
    })
  return [a, c]
}

/** Σᵢ xᵢ·yᵢ: [n] · [n] → []. */
export const dot = withSecond((x, y) => {
  const [a, c] = vectors('dot', x, y)
  if (a.shape[0] !== c.shape[0])
    throw new ShapeError({ operation: 'dot', problem: `sizes ${a.shape[0]} and ${c.shape[0]} differ` })
  return b.contract(a, c, { a: [0], b: [0], out: [] })
}) as Dot

/** All products: [m] ⊗ [n] → [m, n]. */
export const outer = withSecond((x, y) => {
  const [a, c] = vectors('outer', x, y)
  return b.contract(a, c, { a: [0], b: [1], out: [0, 1] })
}) as Outer

// -------------------------------------------------------------------------------------------------------------- einsum

interface Labelled {
  readonly value: Tensor
  readonly labels: readonly string[]
}

const parse = (
  equation: string,
  count: number,
): { readonly inputs: readonly (readonly string[])[]; readonly out: readonly string[] } => {
  const [left, right, ...more] = equation.replaceAll(' ', '').split('->')
  const fail = (problem: string): never => {
    throw new ValueError({
      operation: 'einsum',
      problem: `'${equation}': ${problem}`,
      hint: "write it like 'ij,jk->ik'",
    })
  }
  if (left === undefined || more.length > 0 || !/^[A-Za-z,]*$/.test(left) || !/^[A-Za-z]*$/.test(right ?? ''))
    return fail('cannot be read')
  const inputs = left.split(',').map((s) => [...s])
  if (inputs.length !== count) fail(`names ${inputs.length} operands, found ${count}`)
  const all = inputs.flat()
  const out =
    right === undefined ? [...new Set(all)].filter((l) => all.indexOf(l) === all.lastIndexOf(l)).sort() : [...right]
  for (const l of out) if (!all.includes(l)) fail(`label ${l} of the result stands in no operand`)
  if (new Set(out).size !== out.length) fail('a label stands twice in the result')
  return { inputs, out }
}

/** The diagonal of two axes, as the first axis: [n, n, …rest] → [n, …rest]. */
const diagonalOf = (x: Tensor, i: number, j: number): Tensor => {
  const rest = otherAxes(x.shape.length, [i, j])
  const n = x.shape[i] as number
  const shape = rest.map((a) => x.shape[a] as number)
  const flat = b.reshape(b.permute(x, [i, j, ...rest]), [n * n, ...shape])
  return b.slice(flat, { start: flat.shape.map(() => 0), stop: flat.shape, step: [n + 1, ...shape.map(() => 1)] })
}

const withoutRepeats = (x: Labelled): Labelled => {
  const i = x.labels.findIndex((l, k) => x.labels.indexOf(l, k + 1) > k)
  if (i < 0) return x
  const label = x.labels[i] as string
  const j = x.labels.indexOf(label, i + 1)
  if (x.value.shape[i] !== x.value.shape[j])
    throw new ShapeError({
      operation: 'einsum',
      problem: `label ${label} has sizes ${x.value.shape[i]} and ${x.value.shape[j]}`,
    })
  return withoutRepeats({
    value: diagonalOf(x.value, i, j),
    labels: [label, ...x.labels.filter((_, k) => k !== i && k !== j)],
  })
}

/** Without the labels that nothing else needs, summed away. */
const reduced = (x: Labelled, needed: readonly string[]): Labelled => {
  const gone = range(x.labels.length).filter((i) => !needed.includes(x.labels[i] as string))
  return { value: b.sum(x.value, gone), labels: x.labels.filter((_, i) => !gone.includes(i)) }
}

const contracted = (x: Labelled, y: Labelled, needed: readonly string[]): Labelled => {
  const u = reduced(x, [...y.labels, ...needed])
  const v = reduced(y, [...x.labels, ...needed])
  const names = [...new Set([...u.labels, ...v.labels])]
  const out = names.filter((l) => needed.includes(l))
  const places = (labels: readonly string[]): number[] => labels.map((l) => names.indexOf(l))
  return {
    value: b.contract(u.value, v.value, { a: places(u.labels), b: places(v.labels), out: places(out) }),
    labels: out,
  }
}

/**
 * Einstein's summation: labels that the result does not name are summed over.
 *
 * @example
 * ```ts
 * import { einsum, tensor, toArray } from 'lanac'
 * const a = tensor([[1, 2], [3, 4]])
 * assert.deepStrictEqual(toArray(einsum('ij,jk->ik', a, a)), [[7, 10], [15, 22]])
 * assert.deepStrictEqual(toArray(einsum('ii->i', a)), [1, 4])
 * ```
 */
export const einsum = ((equation: string, ...operands: readonly unknown[]) => {
  const { inputs, out } = parse(equation, operands.length)
  const values = operands.map((x) => lift('einsum', x))
  const sizes = new Map<string, number>()
  const list = values.map((v, k): Labelled => {
    const value = number('einsum', meet('einsum', v, values[0] as Tensor)[0])
    const labels = inputs[k] as readonly string[]
    if (labels.length !== value.shape.length)
      throw new ShapeError({
        operation: 'einsum',
        problem: `'${equation}': ${labels.length} labels for operand ${k} of shape ${showShape(value.shape)}`,
      })
    labels.forEach((l, i) => {
      const n = value.shape[i] as number
      if (sizes.has(l) && sizes.get(l) !== n)
        throw new ShapeError({
          operation: 'einsum',
          problem: `'${equation}': label ${l} has sizes ${sizes.get(l)} and ${n}`,
        })
      sizes.set(l, n)
    })
    return withoutRepeats({ value, labels })
  })
  const [first, ...rest] = list as [Labelled, ...Labelled[]]
  const joined = rest.reduce((acc, x, k) => {
    const later = rest.slice(k + 1).flatMap((r) => r.labels)
    return contracted(acc, x, [...later, ...out])
  }, first)
  const last = reduced(joined, out)
  return b.permute(
    last.value,
    out.map((l) => last.labels.indexOf(l)),
  )
}) as Einsum

// ------------------------------------------------------------------------------------------------------ diagonal, triangle

const matrix = (name: string, x: unknown): Tensor => {
  const v = lift(name, x)
  if (v.shape.length !== 2)
    throw new ShapeError({ operation: name, problem: `takes a matrix, found ${showShape(v.shape)}` })
  return v
}

/** The main diagonal of a matrix, rectangular ones too. */
const mainDiagonal = (x: Tensor): Tensor => {
  const [m, n] = x.shape as readonly [number, number]
  const k = Math.min(m, n)
  return diagonalOf(b.slice(x, { start: [0, 0], stop: [k, k], step: [1, 1] }), 0, 1)
}

/** The sum of the main diagonal: [m, n] → []. */
export const trace = ((x: unknown) => b.sum(mainDiagonal(matrix('trace', x)), [0])) as <X extends Tensor>(
  x: X,
) => Tensor<[], X['dtype']>

/** A vector as a diagonal matrix, [n] → [n, n]; of a matrix its diagonal, [m, n] → [min(m, n)]. */
export const diag = ((x: unknown) => {
  const v = lift('diag', x)
  if (v.shape.length === 2) return mainDiagonal(v)
  if (v.shape.length !== 1)
    throw new ShapeError({ operation: 'diag', problem: `takes a vector or a matrix, found ${showShape(v.shape)}` })
  const n = v.shape[0] as number
  const spaced = b.pad(v, { low: [0], high: [n === 0 ? 0 : n], interior: [n], value: 0 })
  return b.reshape(b.slice(spaced, { start: [0], stop: [n * n], step: [1] }), [n, n])
}) as <X extends Tensor>(x: X) => Tensor<readonly number[], X['dtype']>

/** Which diagonal bounds the triangle: 0 the main one, positive above it. */
export interface TriangleOptions {
  readonly k?: number
}

const triangle = (name: string, keep: (row: Tensor, column: Tensor, k: number) => Tensor): unknown =>
  withOptions<TriangleOptions>((x, { k = 0 }) => {
    const v = lift(name, x)
    const r = v.shape.length
    if (r < 2) throw new ShapeError({ operation: name, problem: `takes rank 2 or more, found ${showShape(v.shape)}` })
    return b.select(keep(b.iota(v.shape, 'i32', r - 2), b.iota(v.shape, 'i32', r - 1), k), v, 0)
  })

/** The lower triangle, zeros above the diagonal. */
export const tril = triangle('tril', (row, column, k) => b.lessEqual(column, b.add(row, k))) as <X extends Tensor>(
  x: X,
  options?: TriangleOptions,
) => X

/** The upper triangle, zeros below the diagonal. */
export const triu = triangle('triu', (row, column, k) => b.lessEqual(b.add(row, k), column)) as <X extends Tensor>(
  x: X,
  options?: TriangleOptions,
) => X
