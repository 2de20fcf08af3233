/** The loss of every step of training, and its moving average, as an SVG drawn by Vega-Lite without a browser. */
import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'

const EACH = 'each step'
const AVERAGE = 'average of 25 steps'

/** Colours told apart by everybody (Okabe and Ito's palette). */
const colours = { domain: [EACH, AVERAGE], range: ['#9ec9e2', '#d55e00'] }

const spec = (losses: readonly number[], title: string): TopLevelSpec => ({
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  title: { text: title, anchor: 'start', fontSize: 15, offset: 12 },
  width: 640,
  height: 360,
  padding: 16,
  background: 'white',
  data: { values: losses.map((loss, i) => ({ step: i + 1, loss })) },
  transform: [{ window: [{ op: 'mean', field: 'loss', as: 'average' }], frame: [-12, 12] }],
  encoding: { x: { field: 'step', type: 'quantitative', title: 'step', scale: { nice: false } } },
  layer: [
    { field: 'loss', name: EACH, width: 1 },
    { field: 'average', name: AVERAGE, width: 2.5 },
  ].map(({ field, name, width }) => ({
    mark: { type: 'line' as const, strokeWidth: width },
    encoding: {
      y: { field, type: 'quantitative' as const, title: 'cross-entropy (nats)', scale: { zero: true } },
      color: { datum: name, scale: colours, legend: { title: null, orient: 'top-right' as const } },
    },
  })),
  config: {
    font: 'sans-serif',
    axis: { labelFontSize: 12, titleFontSize: 13, titlePadding: 10, gridColor: '#e5e5e5' },
    legend: { labelFontSize: 12, labelLimit: 0, symbolStrokeWidth: 2.5, symbolType: 'stroke' },
  },
})

/** The curve of these losses, one for each step. */
export const lossCurve = (losses: readonly number[], title: string): Promise<string> =>
  new View(parse(compile(spec(losses, title)).spec), { renderer: 'none' }).toSVG()
