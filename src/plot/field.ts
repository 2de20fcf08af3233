/** Fields: a colour at every point of a plane, and numbers as colours. */
import { ShapeError, showShape } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { toTypedArray } from '../ops/index.js'
import { type Axis, axisOf, type Chart, type ChartOptions, chart, type Layer, rampScale, type Spec } from './chart.js'
import { extent, showNumber, type Table, tableOf } from './numbers.js'
import { colourAt, inkOn, type Ramp } from './palette.js'
import type { Raster } from './raster.js'

/** An axis from where to where. */
export interface Side extends Axis {
  readonly domain: readonly [from: number, to: number]
}

/** A chart of a part of the plane. */
export interface FieldOptions extends ChartOptions {
  readonly x: Side
  readonly y: Side
}

/** A raster that fills the area between the axes. */
export const rasterLayer = (raster: Raster): Layer => ({
  names: [],
  spec: async ({ width, height, uri }) => ({
    data: { values: [{ url: await uri(raster) }] },
    mark: { type: 'image', aspect: false, align: 'left', baseline: 'top', width, height, x: 0, y: 0 },
    encoding: { url: { field: 'url', type: 'nominal' } },
  }),
})

const square = <O extends ChartOptions>(o: O): O => ({ width: 300, height: 300, ...o })

/**
 * Colours over a part of the plane: [rows, columns, 3], numbers from 0 to 1 for red, green and blue. The first row lies
 * at the lower end of y.
 *
 * @throws ShapeError for another shape
 */
export const field = (colours: Tensor, options: FieldOptions): Chart => {
  const [rows = 0, columns = 0, channels] = colours.shape
  if (colours.shape.length !== 3 || channels !== 3)
    throw new ShapeError({
      operation: 'field',
      problem: `colours are of shape [rows, columns, 3], found ${showShape(colours.shape)}`,
    })
  const flat = toTypedArray(colours)
  const byte = (x: number): number => Math.round(255 * Math.min(Math.max(x, 0), 1))
  const raster: Raster = {
    width: columns,
    height: rows,
    at: (r, c) => {
      const i = 3 * ((rows - 1 - r) * columns + c)
      return [byte(flat[i] as number), byte(flat[i + 1] as number), byte(flat[i + 2] as number)]
    },
  }
  return chart([rasterLayer(raster)], square(options))
}

/** How numbers become colours. */
export interface HeatMapOptions extends Omit<ChartOptions, 'x' | 'y'> {
  /** From where to where; 0 to the number of columns or rows unless named, or a name for each. */
  readonly x: Axis | (Axis & { readonly names: readonly string[] })
  readonly y: Axis | (Axis & { readonly names: readonly string[] })
  /** What the colours measure. */
  readonly label: string
  readonly ramp?: Ramp
  /** The numbers at the ends of the ramp; what the table covers unless named (about zero for a diverging ramp). */
  readonly range?: readonly [number, number]
}

const colourRange = (ramp: Ramp, given: HeatMapOptions['range'], all: readonly number[]): readonly [number, number] => {
  if (given !== undefined) return given
  const [low, high] = extent(all)
  if (ramp === 'diverging') return [-Math.max(-low, high), Math.max(-low, high)]
  return low === high ? [low, low + 1] : [low, high]
}

/** A legend without a mark of its own. */
const legendLayer = (ramp: Ramp, range: readonly [number, number], label: string): Layer => ({
  names: [],
  spec: () => ({
    data: { values: [{ v: range[0] }] },
    mark: { type: 'point', opacity: 0, filled: true },
    encoding: { fill: { ...rampScale(ramp, range, label), field: 'v' } },
  }),
})

/** A cell for each number, written in it, under named columns and rows. */
const namedCells = (
  t: ReturnType<typeof tableOf>,
  names: readonly [readonly string[], readonly string[]],
  place: (v: number) => number,
  ramp: Ramp,
  legend: Spec,
): Layer => ({
  names: [],
  spec: ({ x, y }) => {
    const values = Array.from({ length: t.rows * t.columns }, (_, k) => {
      const [r, c] = [Math.floor(k / t.columns), k % t.columns]
      const v = t.at(r, c)
      const rgb = colourAt(ramp, place(v))
      return { x: names[0][c], y: names[1][r], text: showNumber(v), v, ink: inkOn(rgb) }
    })
    const nominal = (title: unknown, more: object): object => ({
      type: 'nominal',
      title,
      sort: null,
      axis: { labelAngle: 0, grid: false, ...more },
    })
    return {
      data: { values },
      encoding: {
        x: { ...nominal(x.title, { orient: 'bottom' }), field: 'x' },
        y: { ...nominal(y.title, {}), field: 'y' },
      },
      layer: [
        {
          mark: { type: 'rect', stroke: 'white' },
          encoding: { fill: { ...legend, field: 'v' } },
        },
        {
          mark: { type: 'text', fontSize: 12 },
          encoding: { text: { field: 'text' }, color: { field: 'ink', type: 'nominal', scale: null } },
        },
      ],
    }
  },
})

/**
 * A table of numbers as colours. With names for columns and rows the first row is on top and numbers are written in their
 * cells; with axes of numbers the first row lies at the lower end of y.
 */
export const heatMap = (table: Table, options: HeatMapOptions): Chart => {
  const t = tableOf('heatMap', table)
  const ramp = options.ramp ?? 'sequential'
  const all = Array.from({ length: t.rows * t.columns }, (_, k) => t.at(Math.floor(k / t.columns), k % t.columns))
  const range = colourRange(ramp, options.range, all)
  const place = (v: number): number => (v - range[0]) / (range[1] - range[0])
  const legend = legendLayer(ramp, range, options.label)
  if ('names' in options.x && 'names' in options.y)
    return chart(
      [namedCells(t, [options.x.names, options.y.names], place, ramp, rampScale(ramp, range, options.label))],
      square(options),
    )
  const raster: Raster = {
    width: t.columns,
    height: t.rows,
    at: (r, c) => colourAt(ramp, place(t.at(t.rows - 1 - r, c))),
  }
  const sides = {
    ...options,
    x: { domain: [0, t.columns] as const, ...axisOf(options.x) },
    y: { domain: [0, t.rows] as const, ...axisOf(options.y) },
  }
  return chart([rasterLayer(raster), legend], square(sides))
}
