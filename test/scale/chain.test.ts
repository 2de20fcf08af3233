/** A chain of 10⁵ operations goes through every verb without using the stack, and comes out with the right numbers. */
import {
  grad,
  hvp,
  item,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  scalar,
  type Tensor,
  tensor,
  toArray,
  valueAndGrad,
  vjp,
  vmap,
} from 'lanac'
import * as Tape from 'lanac/tape'
import { describe, expect, it } from 'vitest'
import { chain, LENGTH } from './chains.js'

const f = chain(LENGTH)
const x = scalar(4)
const points = tensor([0.5, -1, 2, -8])

describe('a chain of 10⁵ operations', () => {
  it('computes as it is called', () => {
    expect(item(f(x))).toBe(16)
  })

  it('traces, prints and runs', () => {
    const program = Tape.trace(f)(x)
    expect(Tape.entryCount(program)).toBe(LENGTH + 1)
    // a line for the input, one an entry, one for the result
    expect(Tape.show(program).split('\n')).toHaveLength(LENGTH + 3)
    expect(Tape.run(program)(x).map(item)).toEqual([16])
  })

  it('differentiates forwards and backwards', () => {
    expect(item(grad(f)(x))).toBe(8)
    expect(valueAndGrad(f)(x).map(item)).toEqual([16, 8])
    expect(jvp(f, [x], [scalar(3)]).map(item)).toEqual([16, 24])
    const [y, back] = vjp(f, x)
    expect(item(y)).toBe(16)
    expect(back(scalar(0.5)).map(item)).toEqual([4])
    const [value, push] = linearize(f, x)
    expect(item(value)).toBe(16)
    expect(item(push(scalar(0.25)))).toBe(2)
    expect(item(jacfwd(f)(x))).toBe(8)
    expect(item(jacrev(f)(x))).toBe(8)
  })

  it('differentiates twice', () => {
    expect(item(hvp(f, x, scalar(3)))).toBe(6)
    expect(item(grad(grad(f))(x))).toBe(2)
  })

  it('runs over a stack', () => {
    expect(toArray(vmap(f)(points))).toEqual([0.25, 1, 4, 64])
    expect(toArray(vmap(grad(f))(points))).toEqual([1, -2, 4, -16])
  })

  it('compiles, alone and with its gradient', () => {
    const fast = jit(f)
    expect(item(fast(x))).toBe(16)
    expect(item(fast(scalar(-2)))).toBe(4)
    const fastGradient = jit(grad(f))
    expect(item(fastGradient(x))).toBe(8)
    expect(item(fastGradient(scalar(-2)))).toBe(-4)
    expect(item(grad(fast)(x))).toBe(8)
  })

  it('is looked at on demand at its far end', () => {
    const seen: number[] = []
    const g = (v: Tensor<[], 'f64'>) => {
      const y = f(v)
      seen.push(item(y))
      return y
    }
    expect(item(grad(g)(x))).toBe(8)
    expect(seen).toEqual([16])
  })
})
