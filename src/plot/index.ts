/**
 * Pictures of numbers, images, decisions and computations: pure values with an `svg()`, made PNG by `png`. What draws them
 * is optional: vega and vega-lite for charts, @viz-js/viz for graphs, @resvg/resvg-js for PNG.
 *
 * @module lanac/plot
 */
export { type Bar, type BarOptions, bars, type HistogramOptions, histogram, type Sample } from './bars.js'
export { type Axis, type Chart, type ChartOptions, overlay } from './chart.js'
export {
  type Argument,
  type ComputationGraph,
  type ComputationOptions,
  computationGraph,
  type GraphEdge,
  type GraphNode,
  type Role,
} from './computation.js'
export { type Decision, type DecisionOptions, decisionBoundary, plane } from './decision.js'
export { type FieldOptions, field, type HeatMapOptions, heatMap, type Side } from './field.js'
export { dot, type GraphOptions, graph, walk } from './graph.js'
export { type ImageGridOptions, imageGrid } from './image-grid.js'
export { type LineOptions, line, reference, type Series } from './line.js'
export { type NetworkOptions, network } from './network.js'
export type { Numbers, Table } from './numbers.js'
export { palette, type Ramp } from './palette.js'
export { PeerError } from './peer.js'
export { type Picture, type PngOptions, png, type SheetOptions, sheet } from './picture.js'
export { type Points, type ScatterOptions, scatter } from './scatter.js'
