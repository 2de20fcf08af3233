/** Dropout: in training, features left out at random (N. Srivastava et al., 2014). */
import { ValueError } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { fromRope, type Layer } from '../lens/layer.js'
import { rope } from '../lens/stage.js'
import { div, where } from '../ops/index.js'
import { bernoulli } from '../random/index.js'

/** How much is left out. */
export interface DropoutOptions {
  /** The probability that a feature is left out, ½ unless named. */
  readonly rate?: number
}

/**
 * In training each feature is 0 with probability `rate`, and else divided by 1 − rate, so that its mean stays as it is; in
 * use nothing happens. [n] → [n], under any batch shape; every element of a batch is drawn by itself.
 *
 * @throws ValueError for a rate outside [0, 1)
 * @example
 * ```ts
 * import { tensor, toArray } from 'lanac'
 * import { dropout } from 'lanac/nn'
 * import { key } from 'lanac/random'
 * const layer = dropout(4)
 * assert.deepEqual(toArray(layer.apply([])(tensor([1, 2, 3, 4]))), [1, 2, 3, 4])
 * const [y] = layer.train([], [], key(0))(tensor([1, 1, 1, 1]))
 * assert.ok(toArray(y).every((v) => v === 0 || v === 2))
 * ```
 */
export const dropout = <const N extends number>(features: N, options: DropoutOptions = {}): Layer<[], [N], [N]> => {
  const { rate = 0.5 } = options
  const refuse = (problem: string): never => {
    throw new ValueError({ operation: 'dropout', problem })
  }
  if (!Number.isInteger(features) || features < 1) refuse(`features are a whole number from 1, found ${features}`)
  if (!(rate >= 0 && rate < 1)) refuse(`a rate lies between 0 and 1, 1 excluded; found ${rate}`)
  const stage = {
    name: `dropout(${features}, rate ${rate})`,
    slots: 0,
    states: 0,
    random: true,
    input: [features],
    output: () => [features],
    init: () => [],
    initState: () => [],
    run: (_: unknown, state: readonly unknown[], x: unknown, { key }: { readonly key: unknown }) => {
      if (key === null || rate === 0) return [x, state] as const
      const kept = bernoulli(key as never, 1 - rate, (x as Tensor).shape)
      return [where(kept as never, div(x as Tensor, 1 - rate) as never, 0), state] as const
    },
    equation: (x: string) => `dropout(${x})`,
  }
  const made: unknown = fromRope(rope([stage]), [features], [features])
  return made as Layer<[], [N], [N]>
}
