/** Points: how two numbers go together. */
import { axisOf, type Chart, type ChartOptions, chart, type Layer, type Spec } from './chart.js'
import { rowsOf, type Series } from './line.js'
import { numbersOf } from './numbers.js'

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

/** Whether a point lies between the ends of the axes, where they are named. */
const lies =
  (o: ChartOptions) =>
  (row: Spec): boolean =>
    (['x', 'y'] as const).every((along) => {
      const [from, to] = axisOf(o[along]).domain ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
      const v = row[along] as number | null
      return v !== null && v >= Math.min(from, to) && v <= Math.max(from, to)
    })

/** Whether there are so many points that outlines would hide them. */
const isCrowded = (p: Points): boolean => numbersOf(p.y).length > 120

const marks = (p: Points, o: ScatterOptions): Layer => ({
  names: [p.name],
  spec: ({ x, y, colour, shape }) => ({
    data: { values: rowsOf(p).filter(lies(o)) },
    mark: {
      type: 'point',
      opacity: o.opacity ?? 1,
      size: o.size ?? 50,
      ...(o.rings === true
        ? { filled: false, strokeWidth: 2 }
        : { filled: true, ...(isCrowded(p) ? {} : { stroke: 'white', strokeWidth: 0.7 }) }),
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
