/**
 * 8, continued. How many linear regions there can be. Twenty units in one layer cut the plane into 211 at most; in two layers
 * of ten, of which the first folds the plane, they cut it into 1,400 (G. Montúfar et al., NIPS 2014).
 */
import assert from 'node:assert/strict'
import { tensor } from 'lanac'
import { sheet } from 'lanac/plot'
import { key, normal } from 'lanac/random'
import { drawRegions } from '../support/draw-regions.js'
import { activationPatterns, centre, type Layer, regionsOf } from '../support/regions.js'
import { savePicture } from '../support/save-picture.js'

/** The most regions that n lines cut the plane into (Zaslavsky, 1975): every line cuts every other, no three in a point. */
const arrangement = (n: number): number => 1 + n + (n * (n - 1)) / 2
assert.equal(arrangement(20), 211)

// The first layer folds each side of the unit square five times: 5·(h(x) − 2h(x − 1/5) + 2h(x − 2/5) − …) goes up and down
// between 0 and 1. The second cuts the folded square by ten lines that touch a small circle, so that each cuts every other.
const fold = [0, 1, 2, 3, 4]
const zigzag = (i: number): number => (i === 0 ? 1 : i % 2 === 1 ? -2 : 2)
const tangents = Array.from({ length: 10 }, (_, i) => ({
  a: Math.cos((i * Math.PI) / 10),
  b: Math.sin((i * Math.PI) / 10),
}))
const folding: readonly Layer[] = [
  { w: tensor([[...fold.map(() => 5), 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, ...fold.map(() => 5)]]), b: tensor([...fold, ...fold].map((i) => -i)) }, // biome-ignore format: a layer
  {
    w: tensor([
      ...fold.map((i) => tangents.map((t) => zigzag(i) * t.a)),
      ...fold.map((i) => tangents.map((t) => zigzag(i) * t.b)),
    ]),
    b: tensor(tangents.map((t) => -0.5 * (t.a + t.b) - 0.05)), // lines that touch a small circle: no three meet
  },
]
const folded = regionsOf(folding, [0, 1])
assert.equal(folded.length, 5 ** 2 * arrangement(10))
assert.equal(folded.length, 1400)
assert.equal(activationPatterns(folding, folded.map(centre)).size, 1400) // biome-ignore format: one line
console.log('two layers of 10 that fold the square: 1,400 linear regions; one layer of 20: 211 at most')

/** One layer of 20 units drawn at random, on a square large enough to hold most of their crossings. */
const random: Layer = { w: normal(key(1), [2, 20]), b: normal(key(2), [20]) }
const cut = regionsOf([random], [-20, 20])
assert.ok(cut.length <= 211 && cut.length > 150)

await savePicture(
  'lecture/08-folding',
  sheet([
    drawRegions(regionsOf([random], [-3, 3]), [-3, 3], 'one layer of 20: 211 regions at most'),
    drawRegions(folded, [0, 1], 'two layers of 10 that fold: 1,400 regions'),
  ]),
)
