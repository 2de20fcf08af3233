/** Functions as lenses: structural ones, and others; their category and its product. */
import * as fc from 'fast-check'
import {
  add,
  exp,
  flip,
  matmul,
  mul,
  reshape,
  roll,
  sin,
  slice,
  square,
  sum,
  type Tensor,
  take,
  tanh,
  tensor,
  transpose,
} from 'lanac'
import * as Laws from 'lanac/laws'
import { describe, expect, it } from 'vitest'

type M = Tensor<[2, 3], 'f64'>
const structural: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  identity: (x) => x,
  'a view': (x) => slice(x as M, { start: [0, 1], stop: [2, 3] }),
  'every other': (x) => slice(x as M, { start: [0, 0], stop: [2, 3], step: [1, 2] }),
  row: (x) => take(x as M, 1, { axis: 0 }),
  transpose: (x) => transpose(x as M),
  reshape: (x) => reshape(x as M, [3, 2]),
  flip: (x) => flip(x as M, { axis: 1 }),
  roll: (x) => roll(x as M, { shift: 1, axis: 1 }),
  rotation: (x) => flip(transpose(x as M), { axis: 0 }),
}

describe.each(Object.entries(structural))('%s', (name, f) => {
  it.each(Laws.lens(f, { input: [2, 3], structural: true, name }).laws.map((l) => [l.name, l.property] as const))(
    '%s',
    (_, property) => {
      fc.assert(property as fc.IPropertyWithHooks<[unknown]>)
    },
  )
})

const curved: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  square: (x) => square(x),
  sum: (x) => sum(x) as Tensor,
  'a dense layer': (x) => tanh(matmul(x as M, tensor([[1, -0.5], [0.25, 2], [3, 0.5]]))), // biome-ignore format: a matrix
}

describe.each(Object.entries(curved))('%s', (name, f) => {
  it('moves by the pullback, and stays where it is', () => {
    fc.assert(Laws.lens(f, { input: [2, 3], name }))
  })

  it('is no view of a part: PutGet does not hold', () => {
    const details = fc.check(Laws.lens(f, { input: [2, 3], structural: true, name }))
    expect(details.failed).toBe(true)
    expect(String((details.errorInstance as Error).message)).toMatch(/get\(put\(x, y\)\) = y|put\(put\(x, y\), z\)/)
  })
})

describe('differentiable functions', () => {
  const f = (x: Tensor): Tensor => sin(x)
  const g = (x: Tensor): Tensor => mul(x, add(x, 1)) as Tensor
  const h = (x: Tensor): Tensor => exp(mul(x, -0.5) as Tensor)

  it('are a category', () => {
    fc.assert(Laws.diffCategory([f, g, h], { input: [3] }))
    fc.assert(Laws.diffCategory([h, f, g], { input: [] }))
  })

  it('and products are a bifunctor', () => {
    fc.assert(Laws.diffProduct([f, g], [h, f], { input: [2, 2] }))
  })
})
