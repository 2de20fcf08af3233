/** The field's laws, and the values at the edges that its functions document. */
import * as fc from 'fast-check'
import { attention, item, logSoftmax, logSumExp, softmax, tensor, toArray } from 'lanac'
import * as Laws from 'lanac/laws'
import { crossEntropy } from 'lanac/loss'
import { describe, expect, it } from 'vitest'

for (const suite of [Laws.softmaxLaws(), Laws.lossLaws(), Laws.normalizationLaws(), Laws.attentionLaws()])
  describe(suite.name, () => {
    it.each(suite.laws.map((l) => [l.name, l.property] as const))('%s', (_, property) => {
      fc.assert(property as fc.IPropertyWithHooks<[unknown]>)
    })
  })

describe('rows of nothing but −∞', () => {
  const none = tensor([-Infinity, -Infinity])
  it('are no distribution: NaN; their smooth maximum is −∞', () => {
    expect(toArray(softmax(none))).toEqual([Number.NaN, Number.NaN])
    expect(toArray(logSoftmax(none))).toEqual([Number.NaN, Number.NaN])
    expect(item(logSumExp(none))).toBe(-Infinity)
    expect(item(crossEntropy(none, tensor(0, { dtype: 'i32' })))).toBe(Number.NaN)
  })

  it('beside others leave those alone', () => {
    expect(toArray(softmax(tensor([[0, -Infinity], [-Infinity, -Infinity]])))).toEqual([[1, 0], [Number.NaN, Number.NaN]]) // biome-ignore format: matrices
  })

  it('of a mask give 0 in attention', () => {
    const x = tensor([[1, 0], [0, 1]]) // biome-ignore format: a matrix
    const mask = tensor([[true, true], [false, false]]) // biome-ignore format: a matrix
    expect((toArray(attention(x, x, x, { mask } as never)) as unknown as number[][])[1]).toEqual([0, 0])
  })
})
