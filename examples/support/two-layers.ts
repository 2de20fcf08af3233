/** Networks of one hidden layer of ReLUs: made of given units, made to go through points, and trained. */
import { relu, type Tensor, tensor, toArray } from 'lanac'
import { meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import { trainMany } from './train-many.js'

/** max(w·x + b, 0), and what it is multiplied by. */
export type Unit = readonly [w: number, b: number, coefficient: number]

/** x ↦ Σ coefficient·max(w·x + b, 0) + offset, as a model of two layers. */
export const twoLayers = (units: readonly Unit[], offset = 0) => {
  const model = chain(dense(1, units.length), relu, dense(units.length, 1))
  const hidden = { w: tensor([units.map(([w]) => w)]), b: tensor(units.map(([, b]) => b)) }
  const out = { w: tensor(units.map(([, , c]) => [c])), b: tensor([offset]) }
  const apply = model.apply([hidden, out] as never) as unknown as (x: Tensor) => Tensor
  return (xs: readonly number[]): readonly number[] =>
    (toArray(apply(tensor(xs.map((x) => [x])))) as unknown as number[][]).flat()
}

/** The network that goes through these points, straight between them and straight on beyond: a hinge for each piece. */
export const piecewise = (at: readonly number[], values: readonly number[]) => {
  const slopes = at.slice(1).map((k, i) => (values[i + 1]! - values[i]!) / (k - at[i]!))
  const turns = slopes.map((s, i): Unit => [1, -at[i]!, i === 0 ? s : s - slopes[i - 1]!])
  return twoLayers([...turns, [-1, at[0]!, -slopes[0]!]], values[0]!) // the last unit: left of the first knot
}
/** What networks of one hidden layer answer after training, from eight initialisations. */
export const answers = (x: Tensor, y: Tensor, width: number): readonly (readonly number[])[] => {
  const model = chain(dense(x.shape[1] as number, width), relu, dense(width, 1))
  type Params = ReturnType<typeof model.init>
  const apply = (p: Params) => model.apply(p)(x) as Tensor<[number, 1], 'f64'>
  const many = trainMany({
    init: (k) => model.init(k, { dtype: 'f64' }),
    loss: (p) => meanSquaredError(apply(p), y),
    runs: 8,
    steps: 1500,
    learningRate: 0.01,
    seed: width,
  })
  return (toArray(many.each(apply)) as unknown as number[][][]).map((run) => run.flat())
}
