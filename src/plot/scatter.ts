/** Points: how two numbers go together. */
import { type Chart, type ChartOptions, chart, type Layer } from './chart.js'
import { rowsOf, type Series } from './line.js'

/** Points of one kind. */
export interface Points extends Series {
  readonly x: Series['y']
  /** Written beside each point. */
  readonly labels?: readonly string[]
}

/** How points are drawn. */
export interface ScatterOptions extends ChartOptions {
  /** Area of a point, 50 unless named. */
  readonly size?: number
  /** Rings instead of filled marks. */
  readonly rings?: boolean
  readonly opacity?: number
}

const marks = (p: Points, o: ScatterOptions): Layer => ({
  names: [p.name],
  spec: ({ x, y, colour, shape }) => ({
    data: { values: rowsOf(p) },
    mark: {
      type: 'point',
      clip: true,
      opacity: o.opacity ?? 1,
      size: o.size ?? 50,
      ...(o.rings === true ? { filled: false, strokeWidth: 2 } : { filled: true, stroke: 'white', strokeWidth: 0.7 }),
    },
    encoding: {
      x: { ...x, field: 'x' },
      y: { ...y, field: 'y' },
      [o.rings === true ? 'color' : 'fill']: colour('series'),
      shape: shape('series'),
    },
  }),
})

const words = (p: Points): readonly Layer[] =>
  p.labels === undefined
    ? []
    : [
        {
          names: [],
          spec: ({ x, y }) => ({
            data: { values: rowsOf(p).map((r, i) => ({ ...r, label: p.labels?.[i] ?? '' })) },
            mark: { type: 'text', align: 'left', dx: 7, dy: -7, fontSize: 12 },
            encoding: { x: { ...x, field: 'x' }, y: { ...y, field: 'y' }, text: { field: 'label' } },
          }),
        },
      ]

/** Points, a colour and a shape for each name. */
export const scatter = (points: readonly Points[], options: ScatterOptions): Chart =>
  chart([...points.map((p) => marks(p, options)), ...points.flatMap(words)], options)
