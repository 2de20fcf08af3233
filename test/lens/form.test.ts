/** Forms: what fits where, under which batch shape. */
import * as fc from 'fast-check'
import { tensor, zeros } from 'lanac'
import { describe, expect, it } from 'vitest'
import { type Form, formOf, leading, sameForm, showForm, under } from '../../src/lens/form.js'

const shape = fc.array(fc.nat(3), { maxLength: 3 })
const form: fc.Arbitrary<Form> = fc.letrec<{ form: Form }>((tie) => ({
  form: fc.oneof({ maxDepth: 2 }, shape, fc.array(tie('form'), { minLength: 1, maxLength: 3 })),
})).form

describe('leading', () => {
  it('finds the batch shape that a form is under', () => {
    fc.assert(
      fc.property(shape, form, (batch, f) => {
        expect(leading(under(batch, f), f)).toEqual(batch)
      }),
    )
  })

  it('is null where the last axes differ', () => {
    expect(leading([5, 2], [3])).toBe(null)
    expect(leading([3], [2, 3])).toBe(null)
    expect(leading([], [1])).toBe(null)
    expect(leading([[2], [3]], [2])).toBe(null)
    expect(leading([2], [[2]])).toBe(null)
    expect(leading([[2], [3]], [[2], [3], [4]])).toBe(null)
    expect(leading([[2], [3]], [[2], [4]])).toBe(null)
  })

  it('is one batch shape for all parts', () => {
    expect(leading([[7, 2], [7, 3]], [[2], [3]])).toEqual([7]) // biome-ignore format: pairs
    expect(leading([[7, 2], [3]], [[2], [3]])).toBe(null) // biome-ignore format: pairs
    expect(leading([[7, 2], [8, 3]], [[2], [3]])).toBe(null) // biome-ignore format: pairs
  })
})

describe('forms', () => {
  it('are the same when they are under no batch shape', () => {
    fc.assert(
      fc.property(form, form, (f, g) => {
        expect(sameForm(f, f)).toBe(true)
        expect(sameForm(f, g)).toBe(JSON.stringify(f) === JSON.stringify(g))
      }),
    )
  })

  it('of values, and in print', () => {
    expect(formOf(tensor([[1, 2]]))).toEqual([1, 2])
    expect(formOf(3)).toEqual([])
    expect(formOf([zeros([2]), [zeros([3]), 1]])).toEqual([[2], [[3], []]])
    expect(showForm([2, 3])).toBe('[2, 3]')
    expect(showForm([])).toBe('[]')
    expect(showForm([[2], [[3], []]])).toBe('([2], ([3], []))')
  })
})
