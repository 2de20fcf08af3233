/** What a model is made of. */
import { leakyRelu, relu, tanh } from 'lanac'
import { chain, countParameters, dense, flatten, parallel, reparametrise, residual, split, summary } from 'lanac/nn'
import { describe, expect, it } from 'vitest'

const model = chain(dense(2, 5), relu, dense(5, 10), relu, dense(10, 5), relu, dense(5, 2))

describe('countParameters', () => {
  it('counts weights and biases', () => {
    expect(countParameters(model)).toBe(2 * 5 + 5 + (5 * 10 + 10) + (10 * 5 + 5) + (5 * 2 + 2))
    expect(countParameters(model)).toBe(142)
    expect(countParameters(chain(relu, tanh))).toBe(0)
    expect(countParameters(chain())).toBe(0)
    expect(countParameters(dense(784, 10, { bias: false }))).toBe(7840)
  })

  it('counts those of layers in layers', () => {
    expect(countParameters(chain({ a: dense(2, 3), act: relu, b: chain(dense(3, 3), dense(3, 1)) }))).toBe(9 + 12 + 4)
    expect(countParameters(parallel(dense(2, 3), residual(dense(3, 3))))).toBe(9 + 12)
    expect(countParameters(split(dense(2, 3), dense(2, 1)))).toBe(9 + 3)
  })
})

describe('summary', () => {
  it('is a table, and equations', () => {
    expect(String(summary(model))).toBe(
      [
        'stage         output  parameters',
        'input         [2]               ',
        'dense(2, 5)   [5]             15',
        'relu          [5]               ',
        'dense(5, 10)  [10]            60',
        'relu          [10]              ',
        'dense(10, 5)  [5]             55',
        'relu          [5]               ',
        'dense(5, 2)   [2]             12',
        'total                        142',
        '',
        'h1 = relu(x·W1 + b1)',
        'h2 = relu(h1·W2 + b2)',
        'h3 = relu(h2·W3 + b3)',
        'y = h3·W4 + b4',
      ].join('\n'),
    )
  })

  it('has its lines as data', () => {
    const s = summary(chain(flatten(28, 28), dense(784, 128), leakyRelu({ alpha: 0.1 }), dense(128, 10)))
    expect(s.stages).toEqual([
      { name: 'flatten(28, 28)', output: [784], parameters: 0 },
      { name: 'dense(784, 128)', output: [128], parameters: 100_480 },
      { name: 'leakyRelu', output: [128], parameters: 0 },
      { name: 'dense(128, 10)', output: [10], parameters: 1290 },
    ])
    expect(s.parameters).toBe(101_770)
    expect(String(s)).toContain('101,770')
  })

  it('shows forms where they are known', () => {
    const s = summary(chain(tanh, residual(chain(tanh)), chain(relu)))
    expect(s.stages.map((l) => l.output)).toEqual([null, null, null])
    expect(String(s)).toContain('?')
    const both = summary(split(dense(2, 3), dense(2, 4)))
    expect(both.stages.map((l) => l.output)).toEqual([[[3], [4]]])
    expect(String(both)).toContain('([3], [4])')
  })

  it('counts what is shared once', () => {
    const block = dense(3, 3)
    const tied = reparametrise(chain(block, relu, block), {
      init: (k, options) => block.init(k, options)[0],
      map: (p) => [p, p] as const,
    })
    expect(summary(tied).parameters).toBe(12)
    expect(summary(tied).stages[0]?.name).toBe('reparametrised(dense(3, 3), relu, dense(3, 3))')
  })
})
