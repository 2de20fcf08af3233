/** Two thousand compiled functions, one inside the other. */
import { add, grad, item, jit, mul, scalar, type Tensor, tensor, toArray, vmap } from 'lanac'
import * as Tape from 'lanac/tape'
import { describe, expect, it } from 'vitest'

type Step = (x: Tensor<[], 'f64'>) => Tensor<[], 'f64'>

const DEPTH = 2_000

/** x ↦ x² + `depth`, every addition compiled around the one before it. */
const nested = (depth: number): Step => {
  let f: Step = jit((x: Tensor<[], 'f64'>) => mul(x, x))
  for (let i = 0; i < depth; i++) {
    const inner = f
    f = jit((x: Tensor<[], 'f64'>) => add(inner(x), 1))
  }
  return f
}

describe('2,000 nested jit', () => {
  it('computes, when first called from outside and again', () => {
    const f = nested(DEPTH)
    expect(item(f(scalar(3)))).toBe(DEPTH + 9)
    expect(item(f(scalar(-1)))).toBe(DEPTH + 1)
  })

  it('computes, when every level was called before the one around it', () => {
    // every level compiles all below it again: quadratic, so not as deep
    let f: Step = jit((x: Tensor<[], 'f64'>) => mul(x, x))
    for (let i = 0; i < 400; i++) {
      const inner = f
      f = jit((x: Tensor<[], 'f64'>) => add(inner(x), 1))
      expect(item(f(scalar(3)))).toBe(i + 10)
    }
  })

  it('traces, prints and runs', () => {
    const program = Tape.trace(nested(DEPTH))(scalar(3))
    expect(Tape.show(program)).toContain('call jit')
    expect(Tape.run(program)(scalar(3)).map(item)).toEqual([DEPTH + 9])
    expect(Tape.entryCount(Tape.inline(program))).toBe(DEPTH + 1)
  })

  it('differentiates and runs over a stack', () => {
    const f = nested(DEPTH)
    expect(item(grad(f)(scalar(3)))).toBe(6)
    expect(item(grad(grad(f))(scalar(3)))).toBe(2)
    expect(toArray(vmap(f)(tensor([1, 2, 3])))).toEqual([1, 4, 9].map((y) => y + DEPTH))
    expect(toArray(vmap(grad(f))(tensor([1, 2, 3])))).toEqual([2, 4, 6])
  })

  it('is right when gradients and compiled functions alternate', () => {
    // the fourth derivative of x³
    let f: Step = jit((x: Tensor<[], 'f64'>) => mul(mul(x, x), x))
    for (let i = 0; i < 4; i++) f = jit(grad(f) as Step)
    expect(item(f(scalar(5)))).toBe(0)
  })
})
