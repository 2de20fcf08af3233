/** Computation graphs as pictures, laid out by Graphviz; and walks over them, a picture a step. */
import { showShape } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { toTypedArray } from '../ops/index.js'
import type { ComputationGraph, GraphNode, Role } from './computation.js'
import { showNumber } from './numbers.js'
import { again, peer } from './peer.js'
import { escape, FONT, type Picture } from './picture.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What is written on the nodes and edges. */
export interface GraphOptions {
  readonly title?: string
  /** Which nodes show their values; all unless named. */
  readonly values?: boolean | ((node: GraphNode) => boolean)
  /** Which nodes show their gradients, and what flows into them; all unless named. */
  readonly gradients?: boolean | ((node: GraphNode) => boolean)
  /** Nodes drawn with a thick outline. */
  readonly marked?: (node: GraphNode) => boolean
  readonly direction?: 'right' | 'down'
  /** Keep the places of what is not shown, so that pictures of one graph are alike. */
  readonly hold?: boolean
}

/** Fill and outline of what a node stands for: each role has a shape of its own too. */
const looks: Readonly<
  Record<Role | 'operation', { readonly fill: string; readonly line: string; readonly is: string }>
> = {
  input: { fill: '#d6e9f5', line: '#0072b2', is: 'input' },
  label: { fill: '#fbe3cf', line: '#d55e00', is: 'label' },
  parameter: { fill: '#cfeee3', line: '#009e73', is: 'parameter' },
  hyperparameter: { fill: '#f5e1ec', line: '#b0578a', is: 'hyperparameter' },
  constant: { fill: '#eeeeee', line: '#888888', is: 'constant' },
  operation: { fill: '#ffffff', line: '#444444', is: '' },
}

/** Numbers on a node: up to this many, the others by the shape alone. */
const FEW = 9

/** The numbers of a value, escaped; a matrix row by row. */
const numbers = (x: Tensor): string => {
  const flat = Array.from(toTypedArray(x), showNumber)
  if (x.shape.length === 0) return flat[0] as string
  if (flat.length > FEW) return `${x.dtype}${showShape(x.shape)}`
  const nested = (shape: readonly number[], from: number): string => {
    const [n = 0, ...rest] = shape
    const size = rest.reduce((a, c) => a * c, 1)
    const parts = Array.from({ length: n }, (_, i) =>
      rest.length === 0 ? (flat[from + i] as string) : nested(rest, from + i * size),
    )
    return `[${parts.join(rest.length === 0 ? ', ' : x.shape.length === 2 ? ',<br/>' : ', ')}]`
  }
  return nested(x.shape, 0)
}

const chosen = (o: boolean | ((n: GraphNode) => boolean) | undefined, n: GraphNode): boolean =>
  o === undefined || (typeof o === 'function' ? o(n) : o)

// ------------------------------------------------------------------------------------------------------------ drawing

/** What may be shown, in its colour; where only its place is kept, in that of the paper. */
const shown = (
  asked: boolean | ((n: GraphNode) => boolean) | undefined,
  n: GraphNode,
  o: GraphOptions,
  ink: string,
  paper: string,
): string | null => (chosen(asked, n) ? ink : o.hold === true ? paper : null)

const cell = (text: string, size: number, colour: string): string =>
  `<tr><td><font point-size="${size}" color="${colour}">${text}</font></td></tr>`

const nodeText = (n: GraphNode, o: GraphOptions): string => {
  const look = looks[n.role]
  const shape = n.shape.length === 0 ? '' : ` <font color="#666666">${escape(showShape(n.shape))}</font>`
  const under = n.role === 'operation' ? n.operations.filter((w) => w !== n.label).slice(0, 3) : [look.is]
  const more = n.operations.length > 3 ? ' …' : ''
  const valueInk = shown(o.values, n, o, '#000000', look.fill)
  const gradientInk = shown(o.gradients, n, o, '#b34700', look.fill)
  const rows = [
    `<tr><td><b>${escape(n.label)}</b>${shape}</td></tr>`,
    ...(under.length > 0 ? [cell(escape(under.join(', ') + (n.role === 'operation' ? more : '')), 9, '#666666')] : []),
    ...(valueInk === null ? [] : [cell(numbers(n.value), 11, valueInk)]),
    ...(n.gradient === null || gradientInk === null
      ? []
      : [cell(`∇</font> <font point-size="11" color="${gradientInk}">${numbers(n.gradient)}`, 11, gradientInk)]),
  ]
  const outline = (o.marked?.(n) ?? false) ? 3 : n.result ? 2 : 1.2
  const box = n.role === 'operation' ? 'box' : n.role === 'input' ? 'ellipse' : 'box'
  const style =
    n.role === 'parameter'
      ? 'filled,rounded'
      : n.role === 'label'
        ? 'filled,diagonals'
        : n.role === 'hyperparameter'
          ? 'filled,dashed'
          : 'filled'
  const table = `<table border="0" cellborder="0" cellspacing="0" cellpadding="1">${rows.join('')}</table>`
  return `n${n.id} [shape=${box}, style="${style}", fillcolor="${look.fill}", color="${look.line}", penwidth=${outline}, label=<${table}>]`
}

/** A graph in the language of Graphviz. */
export const dot = (g: ComputationGraph, o: GraphOptions = {}): string => {
  const used = g.nodes.filter((n) => n.result || n.role !== 'constant' || g.edges.some((e) => e.from === n.id))
  const edges = g.edges.map((e) => {
    const ink = shown(o.gradients, g.nodes[e.from] as GraphNode, o, '#b34700', '#ffffff')
    const several = g.edges.filter((f) => f.from === e.from).length > 1
    const label =
      e.gradient !== null && ink !== null && several
        ? `, label=<<font color="${ink}">${numbers(e.gradient as Tensor)}</font>>`
        : ''
    return `n${e.from} -> n${e.to} [color="#666666"${label}]`
  })
  const title = o.title === undefined ? '' : `labelloc=t; labeljust=l; fontsize=16; label=<<b>${escape(o.title)}</b>>;`
  return [
    'digraph {',
    `rankdir=${o.direction === 'down' ? 'TB' : 'LR'}; bgcolor=white; pad=0.25; nodesep=0.25; ranksep=0.45; fontname="Helvetica"; ${title}`,
    'node [fontname="Helvetica", fontsize=13, margin="0.12,0.06"];',
    'edge [fontname="Helvetica", fontsize=10, arrowsize=0.7];',
    ...used.map((n) => nodeText(n, o)),
    ...edges,
    '}',
  ].join('\n')
}

/** A graph as a picture; gradients stand in vermilion behind ∇, and on the edges where several come together. */
export const graph = (g: ComputationGraph, options: GraphOptions = {}): Picture => ({
  svg: async () => {
    const { instance } = await peer('graph', '@viz-js/viz', () => import('@viz-js/viz').catch(again))
    return (await instance()).renderString(dot(g, options), { format: 'svg' }).replace(/Helvetica,sans-Serif/g, FONT)
  },
})

/**
 * The graph step by step: forward a value at a time, then back a gradient at a time, a picture for each step. Roots have
 * their values from the first on.
 */
export const walk = (g: ComputationGraph, options: GraphOptions = {}): readonly Picture[] => {
  const order = g.nodes.filter((n) => n.role === 'operation')
  const backwards = [...g.nodes].reverse().filter((n) => n.gradient !== null)
  const forward = order.map((at, k) => {
    const known = new Set([...g.nodes.filter((n) => n.role !== 'operation'), ...order.slice(0, k + 1)].map((n) => n.id))
    return graph(g, {
      ...options,
      hold: true,
      title: `forward, step ${k + 1} of ${order.length}: ${at.label}`,
      values: (n) => known.has(n.id),
      gradients: false,
      marked: (n) => n.id === at.id,
    })
  })
  const back = backwards.map((at, k) => {
    const known = new Set(backwards.slice(0, k + 1).map((n) => n.id))
    return graph(g, {
      ...options,
      hold: true,
      title: `backward, step ${k + 1} of ${backwards.length}: gradient of ${at.label}`,
      gradients: (n) => known.has(n.id),
      marked: (n) => n.id === at.id,
    })
  })
  return [...forward, ...back]
}
