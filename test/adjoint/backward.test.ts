/** Reverse mode, bare: linear programs read backwards, and what is not linear found out. */
import fc from 'fast-check'
import {
  add,
  concat,
  convert,
  div,
  exp,
  LinearityError,
  matmul,
  mul,
  pad,
  type Shape,
  sin,
  sub,
  sum,
  type Tensor,
  tensor,
  toArray,
  where,
  zeros,
} from 'lanac'
import * as Tape from 'lanac/tape'
import { describe, expect, it } from 'vitest'
import { isAffine } from '../../src/adjoint/affine.js'
import { backward } from '../../src/adjoint/backward.js'
import { linearize, pullback, pushforward, spread } from '../../src/adjoint/linearize.js'

type Vector = Tensor<Shape, 'f64'>
const numbers = (x: unknown): unknown => (x === null ? null : toArray(x as Tensor))
const vector = fc
  .array(fc.integer({ min: -16, max: 16 }), { minLength: 3, maxLength: 3 })
  .map((v) => tensor(v.map((n) => n / 8) as never) as Vector)
const inner = (x: unknown, y: unknown): number => toArray(sum(mul(x as Vector, y as Vector) as Vector)) as never

describe('backward', () => {
  const A = tensor([
    [1, -2, 0.5],
    [3, 0.25, -1],
  ])
  /** A linear function of two vectors, used more than once, with coefficients; two results. */
  const linear = Tape.trace((x: Vector, y: Vector) => {
    const z = add(mul(x, 2), where(tensor([true, false, true]), y, x)) as Vector
    return [matmul(A, z as never), sub(div(z, 4), sum(mul(y, 2) as Vector))]
  })(zeros([3]) as Vector, zeros([3]) as Vector)

  it('⟨w, L v⟩ = ⟨Lᵀ w, v⟩, exactly on eighths', () => {
    fc.assert(
      fc.property(vector, vector, vector, vector, (x, y, w3, more) => {
        const w2 = tensor((toArray(more) as number[]).slice(0, 2))
        const [p, q] = Tape.run(linear)(x, y)
        const [dx, dy] = backward(linear, [w2, w3])
        expect(inner(w2, p) + inner(w3, q)).toBe(inner(dx, x) + inner(dy, y))
      }),
    )
  })
  it('a cotangent that is null reaches nothing', () => {
    expect(backward(linear, [null, null])).toEqual([null, null])
    const first = backward(Tape.trace((x: Vector, y: Vector) => [x, y])(zeros([3]) as Vector, zeros([3]) as Vector), [
      tensor([1, 2, 3]),
      null,
    ])
    expect(first.map(numbers)).toEqual([[1, 2, 3], null])
  })
  it('an output that is an input twice gets both cotangents', () => {
    const twice = Tape.trace((x: Vector) => [x, x])(zeros([2]) as Vector)
    expect(backward(twice, [tensor([1, 2]), tensor([10, 20])]).map(numbers)).toEqual([[11, 22]])
  })
  it.each([
    ['a square', (x: Vector) => mul(x, x), 'mul'],
    ['an exponential', (x: Vector) => exp(x), 'exp'],
    ['a denominator', (x: Vector) => div(1, x), 'div'],
    ['a product of two inputs', (x: Vector) => matmul(x as never, x as never), 'contract'],
    ['an integer made of it', (x: Vector) => where(convert(x, 'bool'), x, 0), 'select'],
  ] as const)('%s is not linear', (_, f, name) => {
    const p = Tape.trace(f as never)(zeros([3]) as never)
    const ct = zeros(p.results[0]?.shape as Shape)
    expect(() => backward(p, [ct])).toThrow(LinearityError)
    expect(() => backward(p, [ct])).toThrow(`${name}: takes a tangent, and is not linear in it`)
  })
})

describe('linearize', () => {
  const program = Tape.trace((x: Vector, k: Tensor<[3], 'i32'>) => [mul(sin(x), convert(k, 'f64')), sum(x)])(
    zeros([3]) as Vector,
    zeros([3], { dtype: 'i32' }),
  )
  const at: readonly Tensor[] = [tensor([0, 1, 2]), tensor([1, 2, 3], { dtype: 'i32' })]
  it('keeps the outputs, and has inputs for floats only', () => {
    const l = linearize(program, at)
    expect(l.active).toEqual([true, false])
    expect(numbers(l.outputs[0])).toEqual([0, 2 * Math.sin(1), 3 * Math.sin(2)])
    expect(l.linear.inputs.length).toBe(1)
    expect(l.linear.primitives.every((p) => p.transpose !== 'not linear')).toBe(true)
  })
  it('forwards and backwards', () => {
    const l = linearize(program, at)
    const [dy, ds] = pushforward(l, [tensor([1, 1, 1]), null], at as never)
    expect(numbers(dy)).toEqual([1, 2 * Math.cos(1), 3 * Math.cos(2)])
    expect(numbers(ds)).toBe(3)
    expect(pullback(l, [tensor([1, 0, 0]), tensor(5)]).map(numbers)).toEqual([[6, 5, 5], null])
  })
  it('tangents of as many outputs as are asked for', () => {
    const l = linearize(program, at, 1)
    expect([l.outputs.length, l.linear.outputs.length]).toEqual([2, 1])
  })
  it('spread puts a list into the marked places', () => {
    expect(spread([1, 2], [false, true, true, false])).toEqual([null, 1, 2, null])
  })
})

describe('isAffine finds what plainly adds something', () => {
  const c = tensor([1, 2, 3])
  const of = (f: (r: Vector, t: Vector) => unknown): boolean | undefined =>
    isAffine(Tape.trace(f)(zeros([3]) as Vector, zeros([3]) as Vector), 1)[0]
  it.each([
    ['a coefficient times the input', (r: Vector, t: Vector) => mul(r, t), false],
    ['the input through a matrix', (_: Vector, t: Vector) => matmul(zeros([2, 3]), t as never), false],
    ['zero', () => zeros([3]), false],
    ['zeros written out', () => tensor([0, 0, 0]), false],
    ['a branch of it', (r: Vector, t: Vector) => where(convert(r, 'bool'), t, 0), false],
    ['joined to zeros', (_: Vector, t: Vector) => concat([t, zeros([2])] as never), false],
    ['added to zero times a coefficient', (r: Vector, t: Vector) => add(t, mul(r, 0)), false],
    ['padded with zeros', (_: Vector, t: Vector) => pad(t, { low: [1], high: [1] }), false],
    ['its negative under a divisor', (r: Vector, t: Vector) => div(sub(0, t), r), false],
    ['a square, which is for the transpose to refuse', (_: Vector, t: Vector) => mul(t, t), false],
    ['a coefficient', (r: Vector) => r, true],
    ['a constant', () => c, true],
    ['added to a coefficient', (r: Vector, t: Vector) => add(t, r), true],
    ['subtracted from a constant', (_: Vector, t: Vector) => sub(c, t), true],
    ['a branch of a constant', (r: Vector, t: Vector) => where(convert(r, 'bool'), t, 1), true],
    ['joined to a coefficient', (r: Vector, t: Vector) => concat([t, r] as never), true],
    ['padded with ones', (_: Vector, t: Vector) => pad(t, { low: [1], high: [1], value: 1 }), true],
    ['a sum with something added before', (r: Vector, t: Vector) => sum(mul(add(t, 1) as Vector, r) as Vector), true],
  ] as const)('%s', (_, f, expected) => {
    expect(of(f as never)).toBe(expected)
  })
})
