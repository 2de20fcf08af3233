/** How many multiplications a function takes, counted on its tape. */
import type { Tensor } from 'lanac'
import * as Tape from 'lanac/tape'

/** The multiplications of a program: of each product of arrays, one for every combination of its labels. */
export const multiplications = (f: (...args: never[]) => Tensor, ...args: readonly Tensor[]): number => {
  const p = Tape.trace(f)(...(args as never[])) as Tape.Program
  return p.primitives.reduce((n, primitive, k) => {
    if (primitive.name === 'mul') return n + p.slots[p.first[k]!]!.shape.reduce((a, b) => a * b, 1)
    if (primitive.name !== 'contract') return n
    const labels = p.params[k] as { readonly a: readonly number[]; readonly b: readonly number[] }
    const [a, b] = [p.slots[p.refs[p.start[k]!]!]!.shape, p.slots[p.refs[p.start[k]! + 1]!]!.shape]
    const sizes = new Map([
      ...labels.a.map((l, i) => [l, a[i]!] as const),
      ...labels.b.map((l, i) => [l, b[i]!] as const),
    ])
    return n + [...sizes.values()].reduce((x, y) => x * y, 1)
  }, 0)
}
