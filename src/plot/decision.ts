/** What a classifier makes of the plane: where it decides for which class, how surely, and where it errs. */
import { ShapeError, showShape } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { tensor, toTypedArray } from '../ops/index.js'
import { type Chart, chart, overlay } from './chart.js'
import { type FieldOptions, rasterLayer } from './field.js'
import { type Numbers, numbersOf, type Table, tableOf } from './numbers.js'
import { blend, colourOf, type Rgb, rgbOf } from './palette.js'
import type { Raster } from './raster.js'
import { scatter } from './scatter.js'

// --------------------------------------------------------------------------------------------------------- the plane

/**
 * The middles of `resolution`² cells of a part of the plane, row by row from its lower left: [resolution², 2].
 *
 * @example
 * ```ts
 * import { toArray } from 'lanac'
 * import { plane } from 'lanac/plot'
 * assert.deepStrictEqual(toArray(plane([0, 2], [0, 4], 2)), [[0.5, 1], [1.5, 1], [0.5, 3], [1.5, 3]])
 * ```
 */
export const plane = (
  x: readonly [from: number, to: number],
  y: readonly [from: number, to: number],
  resolution: number,
): Tensor<[number, 2], 'f64'> => {
  const at = ([from, to]: readonly [number, number], i: number): number => from + ((i + 0.5) / resolution) * (to - from)
  const points = Array.from({ length: resolution * resolution }, (_, k) => [
    at(x, k % resolution),
    at(y, Math.floor(k / resolution)),
  ])
  return tensor(points) as unknown as Tensor<[number, 2], 'f64'>
}

// -------------------------------------------------------------------------------------------------------- the picture

/** A classifier and its examples. */
export interface Decision {
  /** Probabilities of points [n, 2]: of each class [n, classes], or of the second of two [n] or [n, 1]. */
  readonly probabilities: (points: Tensor<[number, 2], 'f64'>) => Tensor
  /** Examples [n, 2], and the classes they belong to. */
  readonly points?: Table
  readonly labels?: Numbers
  /** Names of the classes; `class 0`, `class 1`, … unless named. */
  readonly classes?: readonly string[]
}

/** How it is drawn. */
export interface DecisionOptions extends FieldOptions {
  /** Cells to a side, 200 unless named. */
  readonly resolution?: number
}

/** For each point its likeliest class, and the probability of that. */
const decide = (p: Tensor, n: number): { readonly of: (i: number) => number; readonly sure: (i: number) => number } => {
  const classes = p.shape.length === 1 ? 1 : (p.shape[1] ?? 0)
  if (p.shape.length > 2 || p.shape[0] !== n || classes === 0)
    throw new ShapeError({
      operation: 'decisionBoundary',
      problem: `${n} points have probabilities of shape [${n}] or [${n}, classes], found ${showShape(p.shape)}`,
    })
  const flat = toTypedArray(p)
  if (classes === 1) {
    const second = (i: number): number => flat[i] as number
    return { of: (i) => (second(i) > 0.5 ? 1 : 0), sure: (i) => Math.max(second(i), 1 - second(i)) }
  }
  const of = (i: number): number => {
    let best = 0
    for (let k = 1; k < classes; k++)
      if ((flat[i * classes + k] as number) > (flat[i * classes + best] as number)) best = k
    return best
  }
  return { of, sure: (i) => flat[i * classes + of(i)] as number }
}

const WHITE: Rgb = [255, 255, 255]
const EDGE: Rgb = [60, 60, 60]

/** Tinted by class, more strongly the surer; dark where the next cell is another class. */
const shaded = (d: ReturnType<typeof decide>, n: number, classes: number): Raster => ({
  width: n,
  height: n,
  at: (r, c) => {
    const i = (n - 1 - r) * n + c
    const own = d.of(i)
    const differs = (c + 1 < n && d.of(i + 1) !== own) || (r > 0 && d.of(i + n) !== own)
    if (differs) return EDGE
    const chance = 1 / Math.max(classes, 2)
    return blend(WHITE, rgbOf(colourOf(own)), 0.12 + 0.38 * Math.min(1, (d.sure(i) - chance) / (1 - chance)))
  },
})

/** Examples by class, and rings about those that the classifier puts in another class. */
const examples = (d: Decision, o: DecisionOptions, names: readonly string[]): readonly Chart[] => {
  if (d.points === undefined || d.labels === undefined) return []
  const labels = numbersOf(d.labels)
  const t = tableOf('decisionBoundary', d.points)
  const [x, y] = [labels.map((_, i) => t.at(i, 0)), labels.map((_, i) => t.at(i, 1))]
  const given = tensor(labels.map((_, i) => [x[i], y[i]] as number[])) as unknown as Tensor<[number, 2], 'f64'>
  const read = decide(d.probabilities(given), labels.length)
  const pick = (keep: (i: number) => boolean): { readonly x: number[]; readonly y: number[] } => ({
    x: x.filter((_, i) => keep(i)),
    y: y.filter((_, i) => keep(i)),
  })
  const own = names.map((name, k) => ({ name, ...pick((i) => labels[i] === k) }))
  const wrong = pick((i) => read.of(i) !== labels[i])
  const ring = chart(
    [
      {
        names: [],
        spec: ({ x: ex, y: ey }) => ({
          data: { values: wrong.x.map((v, i) => ({ x: v, y: wrong.y[i] })) },
          mark: {
            type: 'point',
            shape: 'circle',
            size: 190,
            filled: false,
            stroke: '#000000',
            strokeWidth: 1.8,
            clip: true,
          },
          encoding: { x: { ...ex, field: 'x' }, y: { ...ey, field: 'y' } },
        }),
      },
    ],
    o,
  )
  return [scatter(own, { ...o, size: 42 }), ring]
}

/**
 * The plane tinted by the class a classifier decides for, its boundary dark, examples on it; those it errs on are ringed.
 *
 * @throws ShapeError for probabilities of another shape
 */
export const decisionBoundary = (d: Decision, options: DecisionOptions): Chart => {
  const { resolution = 200 } = options
  const sized = { width: 300, height: 300, ...options }
  const p = d.probabilities(plane(options.x.domain, options.y.domain, resolution))
  const cells = decide(p, resolution * resolution)
  const classes = Math.max(2, p.shape[1] ?? 2)
  const names = d.classes ?? Array.from({ length: classes }, (_, k) => `class ${k}`)
  return overlay(chart([rasterLayer(shaded(cells, resolution, classes))], sized), ...examples(d, sized, names))
}
