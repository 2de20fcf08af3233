/**
 * 7. Universal approximation. One hidden layer of ReLUs is any piecewise linear function, exactly; so it comes as near to a
 * smooth function as it is wide. What that costs grows with the dimension, and nothing says that it can be learned.
 */
import assert from 'node:assert/strict'
import { relu, type Tensor, tensor, toArray } from 'lanac'
import { meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import { line, overlay, scatter, sheet } from 'lanac/plot'
import { bernoulli, key } from 'lanac/random'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'
import { trainMany } from '../support/train-many.js'

type Unit = readonly [w: number, b: number, coefficient: number]

/** x ↦ Σ coefficient·max(w·x + b, 0) + offset, as a model of two layers. */
const twoLayers = (units: readonly Unit[], offset = 0) => {
  const model = chain(dense(1, units.length), relu, dense(units.length, 1))
  const hidden = { w: tensor([units.map(([w]) => w)]), b: tensor(units.map(([, b]) => b)) }
  const out = { w: tensor(units.map(([, , c]) => [c])), b: tensor([offset]) }
  const apply = model.apply([hidden, out] as never) as unknown as (x: Tensor) => Tensor
  return (xs: readonly number[]): readonly number[] =>
    (toArray(apply(tensor(xs.map((x) => [x])))) as unknown as number[][]).flat()
}

// ---------------------------------------------------------------------------------------- the lecture's sum of hinges

const knots = [0, 1, 2, 3, 6]
const h = twoLayers([1, -1, 2, -3, 1].map((c, i) => [1, -knots[i]!, c]))
near(h([-1, 0, 1, 2, 3, 4.5, 6, 8]), [0, 0, 1, 1, 3, 1.5, 0, 0])

// ------------------------------------------------------------- any piecewise linear function, from its knots and values

/** The network that goes through these points, straight between them and straight on beyond: a hinge for each piece. */
const piecewise = (at: readonly number[], values: readonly number[]) => {
  const slopes = at.slice(1).map((k, i) => (values[i + 1]! - values[i]!) / (k - at[i]!))
  const turns = slopes.map((s, i): Unit => [1, -at[i]!, i === 0 ? s : s - slopes[i - 1]!])
  return twoLayers([...turns, [-1, at[0]!, -slopes[0]!]], values[0]!) // the last unit: left of the first knot
}
const given = [[-2, 0.5, 1, 4, 4.25], [3, -1, 0, 0, 7]] as const // biome-ignore format: knots and values
near(piecewise(...given)(given[0]), given[1])
near(piecewise(...given)([-3, 0.75, 2, 5]), [4.6, -0.5, 0, 28])
near(piecewise(knots, h(knots))([0.3, 1.5, 2.2, 5]), h([0.3, 1.5, 2.2, 5]))

// ------------------------------------------------------------------------------- a smooth function: error against width

const TAU = 2 * Math.PI
const grid = (n: number): readonly number[] => Array.from({ length: n + 1 }, (_, i) => TAU * (i / n - 0.5))
const widths = [4, 8, 16, 32, 64, 128]
const worst = (f: (xs: readonly number[]) => readonly number[]): number =>
  Math.max(...f(grid(4000)).map((y, i) => Math.abs(y - Math.sin(grid(4000)[i]!))))
const constructed = widths.map((n) => worst(piecewise(grid(n - 1), grid(n - 1).map(Math.sin))))
constructed.forEach((e, i) => {
  // at most h²/8 times the greatest second derivative, which is 1
  assert.ok(e <= (TAU / (widths[i]! - 1)) ** 2 / 8 + 1e-12)
})
assert.ok(constructed.at(-2)! / constructed.at(-1)! > 3.9, 'twice as wide, a quarter of the error')

// --------------------------------------------------------------------------------------- … and what training makes of it

/** What networks of one hidden layer answer after training, from eight initialisations. */
const answers = (x: Tensor, y: Tensor, width: number): readonly (readonly number[])[] => {
  const model = chain(dense(x.shape[1] as number, width), relu, dense(width, 1))
  type Params = ReturnType<typeof model.init>
  const apply = (p: Params) => model.apply(p)(x as never) as Tensor<[number, 1], 'f64'>
  const many = trainMany({
    init: (k) => model.init(k, { dtype: 'f64' }),
    loss: (p) => meanSquaredError(apply(p), y as never),
    runs: 8,
    steps: 1500,
    learningRate: 0.01,
    seed: width,
  })
  return (toArray(many.each(apply)) as unknown as number[][][]).map((run) => run.flat())
}
const points = grid(99)
const sine = [tensor(points.map((v) => [v])), tensor(points.map((v) => [Math.sin(v)]))] as const
const learned = widths.slice(0, 5).map((width) => {
  const errors = answers(...sine, width).map((run) =>
    Math.max(...run.map((y, i) => Math.abs(y - Math.sin(points[i]!)))),
  )
  return errors.toSorted((a, b) => a - b)[4]!
})
console.log('width: error of the constructed network, and the median one of trained networks')
for (const [i, w] of widths.entries())
  console.log(`${String(w).padStart(5)}: ${constructed[i]!.toFixed(5)}  ${learned[i]?.toFixed(5) ?? ''}`)
assert.ok(learned.at(-1)! > constructed[4]!, 'a network that exists is not a network that is found')

// --------------------------------------------------------- width against dimension: functions of n truth values

/** Parity of n bits: a unit for each of 2ⁿ⁻¹ minterms, or, knowing that only the sum matters, n + 1 hinges on it. */
for (let n = 1; n <= 8; n++) {
  const rows = Array.from({ length: 2 ** n }, (_, i) => Array.from({ length: n }, (_, j) => (i >> j) & 1))
  const odd = rows.filter((r) => r.reduce((a, b) => a + b, 0) % 2 === 1)
  const minterm = (r: readonly number[], x: readonly number[]): number =>
    Math.max(1 - r.filter((v, i) => v !== x[i]).length, 0)
  const zigzag = piecewise(Array.from({ length: n + 1 }, (_, i) => i), Array.from({ length: n + 1 }, (_, i) => i % 2)) // biome-ignore format: one line
  assert.equal(odd.length, 2 ** (n - 1))
  for (const x of rows) {
    const sum = x.reduce((a, b) => a + b, 0)
    assert.equal(
      odd.reduce((y, r) => y + minterm(r, x), 0),
      sum % 2,
    )
    near(zigzag([sum]), [sum % 2])
  }
}

/** The narrowest network, of 8 trained ones each, that gets every row of a random table of n truth values right. */
const dimensions = [2, 3, 4, 5, 6, 7]
const needed = dimensions.map((n) => {
  const x = tensor(
    Array.from({ length: 2 ** n }, (_, i) => Array.from({ length: n }, (_, j) => 2 * ((i >> j) & 1) - 1)),
  )
  const bits = (toArray(bernoulli(key(n), 0.5, [2 ** n])) as unknown as boolean[]).map((b) => [b ? 1 : -1])
  const fits = (width: number): boolean =>
    answers(x, tensor(bits), width).some((run) => run.every((v, i) => Math.sign(v) === bits[i]![0]))
  return [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64].find(fits) ?? 64
})
console.log(`a random function of ${dimensions.join(', ')} truth values takes ${needed.join(', ')} units`)
assert.ok(needed.at(-1)! >= 4 * needed[1]!, 'the width grows with the dimension')

// ------------------------------------------------------------------------------------------------------------- pictures

const fine = Array.from({ length: 201 }, (_, i) => -1 + i / 20)
const hinge = { title: 'The lecture’s five hinges', x: 'x', y: 'h(x)', legend: false } as const
const log = { scale: 'log' } as const
await savePicture(
  'lecture/07-universal-approximation',
  sheet(
    [
      overlay(
        line([{ name: 'h', x: fine, y: h(fine) }], hinge),
        scatter([{ name: 'knots', x: knots, y: h(knots) }], { ...hinge, size: 90 }),
      ),
      line(
        [
          { name: 'constructed from knots', x: widths, y: constructed },
          { name: 'trained, median of 8', x: widths.slice(0, 5), y: learned },
        ],
        {
          title: 'sin on [−π, π] by one hidden layer',
          x: { label: 'hidden units', ...log },
          y: { label: 'greatest error', ...log },
          points: true,
        },
      ),
      line(
        [
          { name: 'random function, narrowest trained fit', x: dimensions, y: needed },
          { name: 'parity, a unit for each minterm', x: dimensions, y: dimensions.map((n) => 2 ** (n - 1)) },
          { name: 'parity, hinges on the sum', x: dimensions, y: dimensions.map((n) => n + 1) },
        ],
        { title: 'Width against dimension', x: 'truth values n', y: { label: 'hidden units', ...log }, points: true },
      ),
    ],
    { columns: 2 },
  ),
)
