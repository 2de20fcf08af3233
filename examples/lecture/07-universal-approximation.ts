/**
 * 7. Universal approximation. One hidden layer of ReLUs is any piecewise linear function, exactly; so it comes as near to a
 * smooth function as it is wide. Nothing says that it can be learned; and the width that it takes grows with the dimension
 * (07-dimensions).
 */
import assert from 'node:assert/strict'
import { tensor } from 'lanac'
import { line, overlay, scatter, sheet } from 'lanac/plot'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'
import { answers, piecewise, twoLayers } from '../support/two-layers.js'

// ---------------------------------------------------------------------------------------- the lecture's sum of hinges

const knots = [0, 1, 2, 3, 6]
const h = twoLayers([1, -1, 2, -3, 1].map((c, i) => [1, -knots[i]!, c]))
near(h([-1, 0, 1, 2, 3, 4.5, 6, 8]), [0, 0, 1, 1, 3, 1.5, 0, 0])

// ------------------------------------------------------------- any piecewise linear function, from its knots and values

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

// ------------------------------------------------------------------------------------------------------------- pictures

const fine = Array.from({ length: 201 }, (_, i) => -1 + i / 20)
const hinge = { title: 'The lecture’s five hinges', x: 'x', y: 'h(x)', legend: false } as const
const log = { scale: 'log' } as const
await savePicture(
  'lecture/07-universal-approximation',
  sheet([
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
  ]),
)
