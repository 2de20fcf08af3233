/**
 * 7, continued. The width that a function takes grows with its dimension: of a function of n truth values without any pattern
 * fast, and of parity as 2ⁿ, unless a feature is found that it depends on.
 */
import assert from 'node:assert/strict'
import { tensor, toArray } from 'lanac'
import { line } from 'lanac/plot'
import { bernoulli, key } from 'lanac/random'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'
import { answers, piecewise } from '../support/two-layers.js'

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
