/** What is used twice is computed once, and differentiated once: programs grow with operations, not with paths. */
import { grad, item, jit, jvp, scalar, stack, type Tensor, tensor, toArray, vmap } from 'lanac'
import * as Tape from 'lanac/tape'
import { describe, expect, it } from 'vitest'
import { doubling, sharing } from './chains.js'

type Step = (x: Tensor<[], 'f64'>) => Tensor<[], 'f64'>

/** Entries of a function's tape, and what it reads. */
const sizeOf = (f: Step): number => {
  const program = Tape.trace(f)(scalar(1))
  return Tape.entryCount(program) + program.refs.length
}

const verbs: Readonly<Record<string, (f: Step) => Step>> = {
  'the function': (f) => f,
  'the gradient': (f) => grad(f) as Step,
  'the second derivative': (f) => grad(grad(f)) as Step,
  'the tangent': (f) => (x) => jvp(f, [x], [x])[1],
  'the tangent of the gradient': (f) => (x) => jvp(grad(f) as Step, [x], [x])[1],
  'the function over a stack': (f) => (x) => vmap(f)(stack([x, x, x])) as never,
}

describe('sharing', () => {
  for (const [name, verb] of Object.entries(verbs))
    it.each([
      ['doubling', doubling],
      ['curved', sharing],
    ] as const)(`${name} has a tape that grows by the same for every step (%s)`, (_, make) => {
      const [a, b, c] = [20, 40, 60].map((n) => sizeOf(verb(make(n)))) as [number, number, number]
      expect(c - b).toBe(b - a)
    })

  it('2⁶⁰ paths, exactly', () => {
    const f = doubling(60)
    expect(Tape.entryCount(Tape.trace(f)(scalar(1)))).toBe(60)
    expect(item(f(scalar(3)))).toBe(3 * 2 ** 60)
    expect(item(grad(f)(scalar(3)))).toBe(2 ** 60)
    expect(jvp(f, [scalar(3)], [scalar(5)]).map(item)).toEqual([3 * 2 ** 60, 5 * 2 ** 60])
    expect(toArray(vmap(grad(f))(tensor([1, 2])))).toEqual([2 ** 60, 2 ** 60])
    expect(item(jit(f)(scalar(3)))).toBe(3 * 2 ** 60)
    expect(item(jit(grad(f))(scalar(3)))).toBe(2 ** 60)
  })

  it('curved paths, exactly', () => {
    const f = sharing(60)
    expect(item(f(scalar(4)))).toBe(4)
    expect(item(grad(f)(scalar(4)))).toBe(1)
    expect(item(grad(grad(f))(scalar(4)))).toBe(0)
  })
})
