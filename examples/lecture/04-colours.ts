/**
 * 4, continued. From a point of the plane to a colour, when training shows a part of the plane. What goes by nearness, and a
 * deep network too, knows nothing of the rest; a model made as the world is, of a colour of x and a colour of y, goes on.
 */
import assert from 'node:assert/strict'
import { add, div, mul, relu, reshape, sin, stack, type Tensor, take, tensor, toArray, } from 'lanac' // biome-ignore format: words
import { meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import { field, plane, sheet } from 'lanac/plot'
import { heNormal, type Key, split } from 'lanac/random'
import { kernelRegression } from '../support/kernel.js'
import { savePicture } from '../support/save-picture.js'
import { trainMany } from '../support/train-many.js'

type Matrix = Tensor<[number, number], 'f64'>
const he = { initW: heNormal }
const f64 = { dtype: 'f64' } as const

// ----------------------------------------------- a point of the plane to a colour, of which training shows a part

/** The world: a colour of x alone and a colour of y alone, mixed. */
const SIDE = 60
const points = plane([0, 1], [0, 1], SIDE)
const wave = (v: Tensor<[number], 'f64'>, rates: readonly number[]): Matrix =>
  stack(
    rates.map((r) => add(0.5, mul(0.5, sin(mul(r, v))))),
    { axis: 1 },
  )
const axis = (i: 0 | 1) => take(points, i, { axis: 1 })
const truth = div(add(wave(axis(0), [9, 3, 5]), wave(axis(1), [4, 11, 7])), 2)
const rows = toArray(points)
const isSeen = rows.map(([x, y]) => x! < 0.25 || y! < 0.25)
const colours = toArray(truth)
const chosen = rows.flatMap((_, i) => (isSeen[i] && i % 4 === 0 ? [i] : []))
const x = tensor(chosen.map((i) => rows[i]!))
const y = tensor(chosen.map((i) => colours[i]!))

const oneToColour = () => chain(dense(1, 32, he), relu, dense(32, 32, he), relu, dense(32, 3))
const [ofX, ofY] = [oneToColour(), oneToColour()]
const deep = chain(dense(2, 64, he), relu, dense(64, 64, he), relu, dense(64, 3))
const column = (p: Matrix, i: 0 | 1) => reshape(take(p, i, { axis: 1 }), [p.shape[0], 1])
type Pair = readonly [ReturnType<typeof ofX.init>, ReturnType<typeof ofY.init>]
/** The additive model (f_R(x) + f_B(y))/2. */
const additive = (p: Pair, at: Matrix) => div(add(ofX.apply(p[0])(column(at, 0)), ofY.apply(p[1])(column(at, 1))), 2)
const options = { runs: 1, steps: 1500, learningRate: 0.005 }
const fit = <P>(init: (k: Key) => P, apply: (p: P, at: Matrix) => Matrix): Matrix => {
  const trained = trainMany({ init, loss: (p) => meanSquaredError(apply(p, x), y), ...options })
  return apply(trained.params(0), points)
}
const predictions = {
  'RBF kernel': kernelRegression(x, y, 0.12)(points),
  'deep network': fit(
    (k) => deep.init(k, f64),
    (p, at) => deep.apply(p)(at),
  ),
  'additive model': fit((k): Pair => [ofX.init(split(k, 2)[0], f64), ofY.init(split(k, 2)[1], f64)], additive),
}
const unseen = (p: Matrix): number => {
  const squares = toArray(p).flatMap((c, i) => (isSeen[i] ? [] : c.map((v, k) => (v - colours[i]![k]!) ** 2)))
  return Math.sqrt(squares.reduce((a, b) => a + b) / squares.length)
}
const errors = Object.fromEntries(Object.entries(predictions).map(([name, p]) => [name, unseen(p)]))
console.log('error where nothing was shown:', errors)
assert.ok(errors['additive model']! < 0.06)
assert.ok(
  errors['deep network']! > 3 * errors['additive model']! && errors['RBF kernel']! > 3 * errors['additive model']!,
)

// ------------------------------------------------------------------------------------------------------------- pictures

const side = { domain: [0, 1] } as const
const picture = (p: Matrix, title: string) =>
  field(reshape(p, [SIDE, SIDE, 3]), {
    title,
    x: { label: 'x', ...side },
    y: { label: 'y', ...side },
    width: 240,
    height: 240,
  })
const shown = tensor(colours.map((c, i) => (isSeen[i] ? c : [0.93, 0.93, 0.93])))
await savePicture(
  'lecture/04-colours',
  sheet(
    [
      picture(truth, 'The world'),
      picture(shown, 'What training shows'),
      ...Object.entries(predictions).map(([name, p]) => picture(p, `${name}: error ${errors[name]!.toFixed(3)}`)),
    ],
    { columns: 3 },
  ),
)
