/**
 * Charts: layers of marks over labelled axes, drawn by Vega-Lite. Layers of several charts lie over each other by
 * `overlay`; series of one name have one colour throughout.
 */
import { colourOf, type Ramp, ramps } from './palette.js'
import { again, peer } from './peer.js'
import { FONT, type Picture } from './picture.js'
import { dataUri, type Raster } from './raster.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** An axis: what it measures, and how it is divided. */
export interface Axis {
  /** What it measures, and in what unit. */
  readonly label: string
  readonly scale?: 'linear' | 'log' | 'symlog' | undefined
  /** From where to where; what the data cover unless named. */
  readonly domain?: readonly [from: number, to: number] | undefined
  /** The numbers written at it. */
  readonly ticks?: readonly number[] | undefined
  /** How numbers are written, as in d3-format. */
  readonly format?: string | undefined
}

/** What every chart says: its axes have labels. */
export interface ChartOptions {
  readonly title?: string | undefined
  readonly subtitle?: string | undefined
  readonly x: string | Axis
  readonly y: string | Axis
  /** Size of the area between the axes, in units. */
  readonly width?: number | undefined
  readonly height?: number | undefined
  /** The heading of the legend; `false` leaves the legend out. */
  readonly legend?: string | false | undefined
}

/** A part of a specification in the language of Vega-Lite. */
export type Spec = Readonly<Record<string, unknown>>

/** What layers have in common. */
export interface Shared {
  readonly x: Spec
  readonly y: Spec
  /** The colour encoding of series, by the field that names them. */
  readonly colour: (field: string) => Spec
  readonly shape: (field: string) => Spec
  readonly width: number
  readonly height: number
  readonly uri: (raster: Raster) => Promise<string>
}

/** Marks of one kind, and the series they stand for. */
export interface Layer {
  readonly names: readonly string[]
  readonly spec: (shared: Shared) => Spec | Promise<Spec>
}

/** A chart. */
export interface Chart extends Picture {
  readonly layers: readonly Layer[]
  readonly options: ChartOptions
  /** The chart in the language of Vega-Lite. */
  readonly spec: () => Promise<Spec>
}

// -------------------------------------------------------------------------------------------------------------- helpers

export const axisOf = (a: string | Axis): Axis => (typeof a === 'string' ? { label: a } : a)

const positional = (a: string | Axis): Spec => {
  const { label, scale = 'linear', domain, ticks, format } = axisOf(a)
  return {
    type: 'quantitative',
    title: label,
    scale: {
      type: scale,
      zero: false,
      ...(scale === 'log' ? { nice: false } : {}),
      ...(domain === undefined ? {} : { domain: [...domain], nice: false }),
    },
    axis: {
      title: label,
      labelFlush: false,
      ...(ticks === undefined ? {} : { values: [...ticks] }),
      ...(format === undefined ? {} : { format }),
      ...(scale === 'log' && format === undefined ? { format: '~g', tickCount: 6 } : {}),
    },
  }
}

const SHAPES = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'cross',
  'triangle-down',
  'triangle-right',
  'triangle-left',
]

/** The legend of a ramp, as a fill encoding of a field. */
export const rampScale = (ramp: Ramp, domain: readonly [number, number], label: string): Spec => ({
  type: 'quantitative',
  scale: { domain: [...domain], range: [...ramps[ramp]], interpolate: 'rgb', clamp: true, zero: false, nice: false },
  legend: { title: label, gradientLength: 200 },
})

const config: Spec = {
  font: FONT,
  axis: { labelFontSize: 12, titleFontSize: 13, titlePadding: 8, titleFontWeight: 'normal', gridColor: '#e8e8e8' },
  legend: {
    labelFontSize: 12,
    titleFontSize: 12,
    labelLimit: 0,
    titleLimit: 0,
    symbolStrokeWidth: 2.5,
    symbolSize: 90,
  },
  title: { anchor: 'start', fontSize: 15, subtitleFontSize: 12, subtitleColor: '#555555', offset: 10 },
  view: { stroke: '#cccccc' },
}

/** A layer of nothing that holds up axes of a known size. */
const frameLayer = (x: Spec, y: Spec, o: ChartOptions): readonly Spec[] => {
  const [dx, dy] = [axisOf(o.x).domain, axisOf(o.y).domain]
  return dx === undefined || dy === undefined
    ? []
    : [
        {
          data: { values: [{ x: dx[0], y: dy[0] }] },
          mark: { type: 'point', opacity: 0 },
          encoding: { x: { ...x, field: 'x' }, y: { ...y, field: 'y' } },
        },
      ]
}

const specOf = async (layers: readonly Layer[], o: ChartOptions): Promise<Spec> => {
  const { width = 460, height = 300 } = o
  const names = [...new Set(layers.flatMap((l) => l.names))]
  const [x, y] = [positional(o.x), positional(o.y)]
  const legend = o.legend === false || names.length < 2 ? null : { title: o.legend ?? null, symbolOpacity: 1 }
  const shared: Shared = {
    x,
    y,
    width,
    height,
    colour: (field) => ({
      field,
      type: 'nominal',
      scale: { domain: names, range: names.map((_, i) => colourOf(i)) },
      legend,
    }),
    shape: (field) => ({
      field,
      type: 'nominal',
      scale: { domain: names, range: names.map((_, i) => SHAPES[i % SHAPES.length]) },
      legend,
    }),
    uri: dataUri,
  }
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...(o.title === undefined
      ? {}
      : { title: { text: o.title, ...(o.subtitle === undefined ? {} : { subtitle: o.subtitle }) } }),
    width,
    height,
    padding: 14,
    background: 'white',
    layer: [...frameLayer(x, y, o), ...(await Promise.all(layers.map((l) => l.spec(shared))))],
    config,
  }
}

// -------------------------------------------------------------------------------------------------------------- running

/** Draws a specification of Vega-Lite. Images in it keep their points sharp. */
const draw = async (spec: Spec): Promise<string> => {
  const operation = 'svg'
  const vega = await peer(operation, 'vega vega-lite', () => import('vega').catch(again))
  const lite = await peer(operation, 'vega vega-lite', () => import('vega-lite').catch(again))
  const quiet = { warn: () => quiet, info: () => quiet, debug: () => quiet, error: () => quiet, level: () => quiet }
  const compiled = lite.compile(spec as unknown as Parameters<typeof lite.compile>[0], { logger: quiet as never }).spec
  const svg = await new vega.View(vega.parse(compiled), { renderer: 'none' }).toSVG()
  return svg.replace(/<image /g, '<image style="image-rendering:pixelated" ')
}

// --------------------------------------------------------------------------------------------------------- constructors

/** A chart of layers. */
export const chart = (layers: readonly Layer[], options: ChartOptions): Chart => {
  const spec = (): Promise<Spec> => specOf(layers, options)
  return { layers, options, spec, svg: async () => draw(await spec()) }
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** Charts over each other, the first one below, with the axes of the first. */
export const overlay = (first: Chart, ...others: readonly Chart[]): Chart =>
  chart(
    [first, ...others].flatMap((c) => c.layers),
    first.options,
  )
