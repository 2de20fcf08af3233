/** Bars: a number for each of some names, with the interval it is known to lie in; and how often numbers occur. */
import { ValueError } from '../core/error.js'
import { type Chart, type ChartOptions, chart, type Layer, type Spec } from './chart.js'
import { extent, type Numbers, numbersOf } from './numbers.js'

// ------------------------------------------------------------------------------------------------------------ bars

/** A bar: a number under a label, and where it has one the interval about it. */
export interface Bar {
  readonly label: string
  readonly value: number
  readonly low?: number
  readonly high?: number
  /** Bars of one group share a colour, and stand beside those of other groups under one label. */
  readonly group?: string
}

/** How bars are drawn: the axis of labels needs a name only. */
export interface BarOptions extends Omit<ChartOptions, 'x'> {
  readonly x: string
}

/** Bars from zero, with intervals as whiskers. */
export const bars = (all: readonly Bar[], options: BarOptions): Chart => {
  const names = [...new Set(all.map((b) => b.group ?? ''))]
  const labels = [...new Set(all.map((b) => b.label))]
  const rows = all.map((b) => ({ ...b, group: b.group ?? '', low: b.low ?? null, high: b.high ?? null }))
  const place = (x: Spec): Spec => ({
    field: 'label',
    type: 'nominal',
    sort: labels,
    title: x.title,
    axis: { labelAngle: 0, labelLimit: 0 },
  })
  const beside: Spec =
    names.length > 1 ? { xOffset: { field: 'group', type: 'nominal', sort: names, scale: { paddingInner: 0.1 } } } : {}
  const layers: readonly Layer[] = [
    {
      names,
      spec: ({ x, y, colour }) => ({
        data: { values: rows },
        mark: { type: 'bar' },
        encoding: {
          x: place(x),
          ...beside,
          y: { ...y, field: 'value', stack: null, scale: { ...(y.scale as Spec), zero: true } },
          color: colour('group'),
        },
      }),
    },
    {
      names: [],
      spec: ({ x, y }) => ({
        data: { values: rows.filter((r) => r.low !== null && r.high !== null) },
        encoding: { x: place(x), ...beside },
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 1.5, color: '#111111' },
            encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
          },
          ...['low', 'high'].map((end) => ({
            mark: { type: 'tick', size: 9, thickness: 1.5, color: '#111111', orient: 'horizontal' },
            encoding: { y: { ...y, field: end } },
          })),
        ],
      }),
    },
  ]
  return chart(layers, options)
}

// -------------------------------------------------------------------------------------------------------- histograms

/** Numbers of one kind. */
export interface Sample {
  readonly name: string
  readonly values: Numbers
}

/** How numbers are counted. */
export interface HistogramOptions extends ChartOptions {
  /** How many bins of equal width, 30 unless named. */
  readonly bins?: number
  /** From where to where; what the numbers cover unless named. Numbers outside are not counted. */
  readonly range?: readonly [number, number]
  /** Shares of all instead of counts. */
  readonly shares?: boolean
}

/** How often each sample has numbers in each bin; the last bin is closed on both sides. @throws ValueError without bins */
export const histogram = (samples: readonly Sample[], options: HistogramOptions): Chart => {
  const { bins = 30, shares = false } = options
  if (!(Number.isInteger(bins) && bins > 0))
    throw new ValueError({
      operation: 'histogram',
      problem: `the number of bins is a whole number from 1, found ${bins}`,
    })
  const all = samples.map((s) => numbersOf(s.values))
  const [low, high] = options.range ?? extent(all.flat())
  const width = (high - low || 1) / bins
  const rows = samples.flatMap(({ name }, k) => {
    const counts = new Array<number>(bins).fill(0)
    const values = all[k] as readonly number[]
    for (const v of values) {
      const bin = v === high ? bins - 1 : Math.floor((v - low) / width)
      if (bin >= 0 && bin < bins) counts[bin] = (counts[bin] as number) + 1
    }
    const whole = shares ? Math.max(values.length, 1) : 1
    return counts.map((n, i) => ({ series: name, from: low + i * width, to: low + (i + 1) * width, n: n / whole }))
  })
  return chart(
    [
      {
        names: samples.map((s) => s.name),
        spec: ({ x, y, colour }) => ({
          data: { values: rows },
          mark: { type: 'bar', opacity: samples.length > 1 ? 0.6 : 1, binSpacing: 1 },
          encoding: {
            x: { ...x, field: 'from' },
            x2: { field: 'to' },
            y: { ...y, field: 'n', stack: null, scale: { ...(y.scale as Spec), zero: true } },
            y2: { datum: 0 },
            color: colour('series'),
          },
        }),
      },
    ],
    options,
  )
}
