/** Lines: how something changes with a number. */
import { axisOf, type Chart, type ChartOptions, chart, type Layer, type Spec } from './chart.js'
import { extent, type Numbers, numbersOf } from './numbers.js'

/** A line through points, in the order given. */
export interface Series {
  readonly name: string
  readonly y: Numbers
  /** 0, 1, 2, … unless named. */
  readonly x?: Numbers
  /** A band about the line, from `low` to `high`. */
  readonly low?: Numbers
  readonly high?: Numbers
  readonly dashed?: boolean
  /** Drawn faintly, as what another line sums up. */
  readonly faint?: boolean
}

/** How lines are drawn. */
export interface LineOptions extends ChartOptions {
  /** Mark the points that the lines go through. */
  readonly points?: boolean
  /** How thick, 2 unless named. */
  readonly thickness?: number
  /** Draw only what lies between the ends of the axes. */
  readonly clip?: boolean
}

/** A number to draw; nothing where it is none, or infinite. */
const drawn = (x: number | undefined): number | null => (x !== undefined && Number.isFinite(x) ? x : null)

/** The points of a series as rows. */
export const rowsOf = (s: Series): readonly Spec[] => {
  const y = numbersOf(s.y)
  const x = s.x === undefined ? y.map((_, i) => i) : numbersOf(s.x)
  const low = s.low === undefined ? [] : numbersOf(s.low)
  const high = s.high === undefined ? [] : numbersOf(s.high)
  return y.map((v, i) => ({ series: s.name, i, x: drawn(x[i]), y: drawn(v), low: drawn(low[i]), high: drawn(high[i]) }))
}

/** Whether some of a series may lie between the ends of the axes (renderers fail at clips of nothing). */
const meets = (s: Series, o: ChartOptions): boolean =>
  (['x', 'y'] as const).every((along) => {
    const { domain } = axisOf(o[along])
    const [low, high] = extent(rowsOf(s).map((row) => (row[along] as number | null) ?? Number.NaN))
    return domain === undefined || (low <= Math.max(...domain) && high >= Math.min(...domain))
  })

const band = (s: Series): readonly Layer[] =>
  s.low === undefined || s.high === undefined
    ? []
    : [
        {
          names: [s.name],
          spec: ({ x, y, colour }) => ({
            data: { values: rowsOf(s) },
            mark: { type: 'area', opacity: 0.2, clip: true },
            encoding: {
              x: { ...x, field: 'x' },
              y: { ...y, field: 'low' },
              y2: { field: 'high' },
              color: colour('series'),
            },
          }),
        },
      ]

const stroke = (s: Series, o: LineOptions): Layer => ({
  names: [s.name],
  spec: ({ x, y, colour }) => ({
    data: { values: rowsOf(s) },
    mark: {
      type: 'line',
      strokeWidth: o.thickness ?? 2,
      clip: o.clip === true,
      ...(s.faint === true ? { opacity: 0.35 } : {}),
      ...(s.dashed === true ? { strokeDash: [6, 4] } : {}),
      ...(o.points === true ? { point: { filled: true, size: 45 } } : {}),
    },
    encoding: {
      x: { ...x, field: 'x' },
      y: { ...y, field: 'y' },
      order: { field: 'i', type: 'quantitative' },
      color: colour('series'),
    },
  }),
})

/**
 * Lines, one for each series, with a band about those that have `low` and `high`.
 *
 * @example
 * ```ts
 * import { line } from 'lanac/plot'
 * const picture = line([{ name: 'loss', y: [1, 0.5, 0.25] }], { x: 'step', y: 'loss (nats)' })
 * assert.ok((await picture.svg()).includes('loss (nats)'))
 * ```
 */
export const line = (series: readonly Series[], options: LineOptions): Chart => {
  const visible = series.filter((s) => options.clip !== true || meets(s, options))
  return chart([...visible.flatMap(band), ...visible.map((s) => stroke(s, options))], options)
}

/** A line across the whole chart at one place, dashed and labelled. */
export const reference = (
  at: { readonly x: number } | { readonly y: number },
  label: string,
  o: ChartOptions,
): Chart => {
  const along = 'x' in at ? 'x' : 'y'
  const place = 'x' in at ? at.x : at.y
  return chart(
    [
      {
        names: [],
        spec: (shared) => ({
          data: { values: [{ place, label }] },
          encoding: { [along]: { ...shared[along], field: 'place' } },
          layer: [
            { mark: { type: 'rule', strokeDash: [5, 4], color: '#444444' } },
            {
              mark: {
                type: 'text',
                fontSize: 12,
                color: '#444444',
                ...(along === 'y'
                  ? { align: 'right', baseline: 'bottom', x: 'width', dx: -4, dy: -3 }
                  : { align: 'left', baseline: 'top', y: 0, dx: 5, dy: 4 }),
              },
              encoding: { text: { field: 'label' } },
            },
          ],
        }),
      },
    ],
    o,
  )
}
