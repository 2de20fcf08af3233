/**
 * 7, continued. The width that a function takes grows with its dimension: of a function of n truth values without any pattern
 * fast, and of parity as 2ⁿ, unless a feature is found that it depends on.
 */
import assert from 'node:assert/strict'
import { ones, relu, tensor, toArray } from 'lanac'
import { chain, dense } from 'lanac/nn'
import { line } from 'lanac/plot'
import { bernoulli, key } from 'lanac/random'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'
import { answers, piecewise } from '../support/two-layers.js'

/** Parity of n bits: a unit for each of 2ⁿ⁻¹ minterms, or, knowing that only the sum matters, n + 1 hinges on it. */
for (let n = 1; n <= 8; n++) {
  const rows = Array.from({ length: 2 ** n }, (_, i) => Array.from({ length: n }, (_, j) => (i >> j) & 1))
  const odd = rows.filter((r) => r.reduce((a, b) => a + b, 0) % 2 === 1)
  const model = chain(dense(n, odd.length), relu, dense(odd.length, 1))
  const minterms = {
    w: tensor(rows[0]!.map((_, j) => odd.map((r) => 2 * r[j]! - 1))),
    b: tensor(odd.map((r) => 1 - r.reduce((a, b) => a + b, 0))), // each is 1 − the bits that differ
  }
  const or = { w: ones([odd.length, 1]), b: tensor([0]) }
  const parity = toArray(model.apply([minterms, or])(tensor(rows)))
  const zigzag = piecewise(Array.from({ length: n + 1 }, (_, i) => i), Array.from({ length: n + 1 }, (_, i) => i % 2)) // biome-ignore format: one line
  assert.equal(odd.length, 2 ** (n - 1))
  for (const [i, x] of rows.entries()) {
    const sum = x.reduce((a, b) => a + b, 0)
    assert.deepEqual(parity[i], [sum % 2])
    near(zigzag([sum]), [sum % 2])
  }
}

/** The narrowest network, of 8 trained ones each, that gets every row of a random table of n truth values right. */
const dimensions = [2, 3, 4, 5, 6, 7]
const needed = dimensions.map((n) => {
  const x = tensor(
    Array.from({ length: 2 ** n }, (_, i) => Array.from({ length: n }, (_, j) => 2 * ((i >> j) & 1) - 1)),
  )
  const bits = toArray(bernoulli(key(n), 0.5, [2 ** n])).map((b) => [b ? 1 : -1])
  const fits = (width: number): boolean =>
    answers(x, tensor(bits), width).some((run) => run.every((v, i) => Math.sign(v) === bits[i]![0]))
  return [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64].find(fits) ?? 64
})
console.log(`a random function of ${dimensions.join(', ')} truth values takes ${needed.join(', ')} units`)
assert.ok(needed.at(-1)! >= 4 * needed[1]!, 'the width grows with the dimension')

// -------------------------------------------------------------------------------------------------------------- picture

await savePicture(
  'lecture/07-dimensions',
  line(
    [
      { name: 'random function, narrowest trained fit', x: dimensions, y: needed },
      { name: 'parity, a unit for each minterm', x: dimensions, y: dimensions.map((n) => 2 ** (n - 1)) },
      { name: 'parity, hinges on the sum', x: dimensions, y: dimensions.map((n) => n + 1) },
    ],
    {
      title: 'Width against dimension',
      x: { label: 'truth values n', ticks: dimensions, format: 'd' },
      y: { label: 'hidden units', scale: 'log' },
      points: true,
    },
  ),
)
