/** Simplification: less to do, the same meaning, special values included. */
import fc from 'fast-check'
import {
  add,
  customJvp,
  exp,
  jit,
  mul,
  named,
  type Scalar,
  type Shape,
  sin,
  sub,
  sum,
  type Tensor,
  tensor,
  toArray,
  toTypedArray,
} from 'lanac'
import * as Tape from 'lanac/tape'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/engine/evaluate.js'
import { simplify } from '../../src/engine/simplify.js'
import type { Concrete } from '../../src/tensor/concrete.js'
import { play, scripts } from '../tape/expressions.js'

type Vector = Tensor<Shape, 'f64'>
const traced = (f: (x: Scalar) => unknown): Tape.Program => Tape.trace(f)(1)
const names = (p: Tape.Program): readonly string[] => p.primitives.map((q) => q.name)
const lines = (p: Tape.Program): readonly string[] => Tape.show(p).split('\n').slice(1)
const numbers = (x: unknown): unknown => toArray(x as Tensor)

describe('simplify', () => {
  it('writes equal entries once', () => {
    const p = traced((x) => add(mul(exp(x), exp(x)), exp(x)))
    expect(names(p)).toEqual(['exp', 'exp', 'mul', 'exp', 'add'])
    expect(names(simplify(p))).toEqual(['exp', 'mul', 'add'])
  })
  it('tells apart what is not equal: parameters, order of arguments, element types', () => {
    const p = Tape.trace((x: Vector) => [sum(x, { axis: 0 }), sum(x, { axis: 1 }), sub(x, 1), sub(1, x)])(
      tensor([[1, 2]]) as Vector,
    )
    expect(simplify(p).primitives.length).toBe(4)
  })
  it('tells −0 from 0', () => {
    const p = simplify(traced((x) => [mul(x, 0), mul(x, -0), mul(x, Number.NaN), mul(x, 0)]))
    expect(lines(p)).toEqual([
      '%1 = mul %0 0 : f64[]',
      '%2 = mul %0 -0 : f64[]',
      '%3 = mul %0 NaN : f64[]',
      'return %1, %2, %3, %1',
    ])
  })
  it('computes what depends on constants only', () => {
    const two = tensor([2, 3])
    const p = simplify(traced((x) => add(mul(x, sum(mul(two, two))), Math.PI)))
    expect(lines(p)).toEqual(['%1 = mul %0 13 : f64[]', `%2 = add %1 ${Math.PI} : f64[]`, 'return %2'])
  })
  it('drops what no result needs, and keeps every input', () => {
    const dead = Tape.runTape(<Z>() => (s: Tape.Session<Z>) => {
      const x = s.writer.input({ shape: [], dtype: 'f64', weak: false })
      s.writer.input({ shape: [], dtype: 'f64', weak: false })
      const square = traced((y) => mul(y, y)).primitives[0] as never
      s.writer.entry(square, null, [x, x], [{ shape: [], dtype: 'f64', weak: false }])
      return [x as Tape.Ref<Z>]
    })
    const p = simplify(dead)
    expect([p.primitives.length, p.inputs.length]).toEqual([0, 2])
  })
  it('writes calls out and shares across them', () => {
    const f = jit((x: Scalar) => exp(sin(x)))
    expect(names(simplify(traced((x) => add(f(x), f(x)))))).toEqual(['sin', 'exp', 'add'])
  })
  it('leaves labels where their author put them', () => {
    const p = simplify(traced((x) => add(named(exp(x), 'a'), named(exp(x), 'a'))))
    expect(names(p)).toEqual(['exp', 'named', 'named', 'add'])
  })
  it('does not take operations with rules of their own for one another', () => {
    const rule = (k: number) =>
      customJvp(
        (x: Scalar) => mul(x, k),
        ([x], [t]) => [mul(x, k), mul(t, k)],
      )
    const p = traced((x) => [rule(2)(x), rule(3)(x)])
    expect(Tape.run(simplify(p))(5).map(numbers)).toEqual([10, 15])
  })
  it('keeps NaN and infinities: 0 · x is not 0', () => {
    const p = simplify(traced((x) => [mul(x, 0), sub(x, x), add(x, 0)]))
    expect(Tape.run(p)(Number.POSITIVE_INFINITY).map(numbers)).toEqual([
      Number.NaN,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ])
    expect(Tape.run(p)(-0).map(numbers)).toEqual([-0, 0, 0])
  })
  it('is idempotent and means the same, on random expressions', () => {
    const special = fc.constantFrom(
      0,
      -0,
      1,
      -2.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      1e-320,
    )
    fc.assert(
      fc.property(scripts, special, special, (script, x, y) => {
        const { scope, inputs, outputs } = play(script)
        const p = Tape.record(outputs, inputs, scope)
        const q = simplify(p)
        const at = [tensor(x), tensor(y)] as unknown as readonly Concrete[]
        const bits = (ys: readonly unknown[]): readonly number[] =>
          ys.map((z) => (toTypedArray(z as Tensor) as Float64Array)[0] as number)
        expect(bits(evaluate(q, at))).toEqual(bits(evaluate(p, at)))
        expect(bits(Tape.run(q, at))).toEqual(bits(evaluate(p, at)))
        expect(q.primitives.length).toBeLessThanOrEqual(p.primitives.length)
        expect(Tape.show(simplify(q))).toBe(Tape.show(q))
      }),
      { numRuns: 300 },
    )
  })
})
