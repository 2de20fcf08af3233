/**
 * 9. Backpropagation. Forward values and backward gradients on the lecture's graph, a step at a time; and why going back
 * edge by edge beats going along every path. (What the gradient of a layer's weights costs: 09-costs.)
 */
import assert from 'node:assert/strict'
import { add, cos, grad, item, matmul, mul, named, relu, sin, square, sum, type Tensor, tensor } from 'lanac' // biome-ignore format: words
import { binaryCrossEntropyWithLogits } from 'lanac/loss'
import { type ComputationGraph, computationGraph, graph, line, walk } from 'lanac/plot'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'

type Number = Tensor<[], 'f64'>

// ---------------------------------------------------------------------------------- the lecture's graph, step by step

const J = (x: Tensor<[2], 'f64'>, y: Number, W1: Tensor<[2, 2], 'f64'>, W2: Tensor<[2], 'f64'>, l: Number) => {
  const s1 = named(matmul(W1, x), 's1 = W1·x')
  const h1 = named(relu(s1), 'h1 = relu(s1)')
  const s2 = named(matmul(W2, h1), 's2 = W2·h1')
  const loss = named(binaryCrossEntropyWithLogits(s2, y), 'L = BCE(s2, y)')
  const weight = named(mul(l, add(sum(square(W1)), sum(square(W2)))), 'R = λ(‖W1‖² + ‖W2‖²)')
  return named(add(loss, weight), 'J = L + R')
}
const roots = [
  { name: 'x', role: 'input' },
  { name: 'y', role: 'label' },
  { name: 'W1', role: 'parameter' },
  { name: 'W2', role: 'parameter' },
  { name: 'λ', role: 'hyperparameter' },
] as const
const point = [tensor([1, 1]), 0, tensor([[0.5, 0], [0, 1]]), tensor([1, 0]), 0.01] as const // biome-ignore format: a matrix
const lecture = computationGraph(J, point, { arguments: roots })
const node = (label: string) => lecture.nodes.find((n) => n.label.startsWith(label))!
near(node('s2').value, 0.5)
near(node('L').value, 0.9740769841801067, 1e-15)
near(node('J').value, 0.9965769841801067, 1e-15)
near(node('W1').gradient!, [0.6325, 0.6225, 0, 0.02], 5e-5)
near(node('W2').gradient!, [0.3312, 0.6225], 5e-5)
near(node('W1').gradient!, (grad(J, { argument: 2 }) as (...a: unknown[]) => Tensor)(...point))
const steps = walk(lecture)
assert.equal(steps.length, 6 + 11) // forward to 6 operations, back to these and 5 roots
await savePicture('lecture/09-graph', graph(lecture, { title: 'The lecture’s graph, its values and gradients' }))
for (const [i, step] of steps.entries()) await savePicture(`lecture/09-steps/${String(i + 1).padStart(2, '0')}`, step)

// ------------------------------------------------------------------- edge by edge (dynamic programming) or path by path

/** n steps of h → sin h · cos h: twice as many paths with each. */
const ladder = (n: number) => (x: Number) => {
  let h = x
  for (let i = 0; i < n; i++) h = mul(sin(h), cos(h))
  return h
}
/** ∂result/∂x of a graph of scalars both ways, with the multiplications and additions that each takes. */
const bothWays = (g: ComputationGraph) => {
  // what an operation's result changes with one of its arguments: the gradient on the edge by that of the result
  const local = g.edges.map((e) => item(e.gradient as Number) / item(g.nodes[e.to]!.gradient as Number))
  const result = g.nodes.find((n) => n.result)!.id
  const reached = g.nodes.map((n) => (n.id === result ? 1 : 0))
  let byEdges = 0
  for (const n of [...g.nodes].reverse())
    for (const [i, e] of g.edges.entries())
      if (e.to === n.id) {
        reached[e.from]! += reached[n.id]! * local[i]!
        byEdges += 2
      }
  let byPaths = 0
  const along = (at: number, product: number): number => {
    if (at === result) return product
    const from = g.edges.flatMap((e, i) => (e.from === at ? [i] : []))
    byPaths += 2 * from.length - 1
    return from.reduce((total, i) => total + along(g.edges[i]!.to, product * local[i]!), 0)
  }
  return { gradient: reached[0]!, byPath: along(0, 1), byEdges, byPaths }
}
const lengths = [1, 2, 3, 4, 5, 6, 8, 10, 12]
const counted = lengths.map((n) => {
  const both = bothWays(computationGraph(ladder(n), [0.4]))
  near([both.gradient, both.byPath], [item(grad(ladder(n))(0.4)), both.gradient], 1e-9)
  return both
})
assert.equal(counted.at(-1)!.byEdges, 12 * 4 * 2) // four edges a step, a product and a sum for each
assert.ok(counted.at(-1)!.byPaths > 2 ** 12, 'the paths are 2ⁿ')
console.log(`12 steps: ${counted.at(-1)!.byEdges} operations edge by edge, ${counted.at(-1)!.byPaths} path by path`)

await savePicture(
  'lecture/09-paths',
  line(
    [
      { name: 'edge by edge', x: lengths, y: counted.map((c) => c.byEdges) },
      { name: 'path by path', x: lengths, y: counted.map((c) => c.byPaths) },
    ],
    {
      title: 'Operations of the backward pass',
      subtitle: 'of n steps h → sin h · cos h',
      x: 'steps n',
      y: { label: 'operations', scale: 'log' },
      points: true,
    },
  ),
)
