import {
  add,
  allClose,
  grad,
  item,
  matmul,
  mul,
  named,
  relu,
  sigmoid,
  sin,
  square,
  sum,
  type Tensor,
  tensor,
} from 'lanac'
import { binaryCrossEntropyWithLogits } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import { type ComputationGraph, computationGraph, dot, type GraphNode, graph, walk } from 'lanac/plot'
import { key } from 'lanac/random'
import { describe, expect, test } from 'vitest'

type Vector = Tensor<[2], 'f64'>
type Matrix = Tensor<[2, 2], 'f64'>
type Number = Tensor<[], 'f64'>

const lecture = (x: Vector, y: Number, w1: Matrix, w2: Vector, l: Number): Number => {
  const h1 = named(relu(matmul(w1, x)), 'h1')
  const loss = named(binaryCrossEntropyWithLogits(named(matmul(w2, h1), 's2'), y), 'loss')
  return named(add(loss, mul(l, add(sum(square(w1)), sum(square(w2))))), 'J')
}
const [x, w1, w2] = [
  tensor([1, 1]),
  tensor([
    [0.5, 0],
    [0, 1],
  ]),
  tensor([1, 0]),
]
const args = [x, 0, w1, w2, 0.01] as const
const roles = [
  { name: 'x', role: 'input' },
  { name: 'y', role: 'label' },
  { name: 'W1', role: 'parameter' },
  { name: 'W2', role: 'parameter' },
  { name: 'λ', role: 'hyperparameter' },
] as const

const node = (g: ComputationGraph, label: string): GraphNode => {
  const found = g.nodes.find((n) => n.label === label)
  if (found === undefined) throw new Error(`no node ${label}`)
  return found
}

describe('the computation graph of the lecture', () => {
  const g = computationGraph(lecture, args, { arguments: roles })

  test('has a node for each root and each named value, in the order of computing', () => {
    expect(g.nodes.map((n) => [n.label, n.role])).toEqual([
      ['x', 'input'],
      ['y', 'label'],
      ['W1', 'parameter'],
      ['W2', 'parameter'],
      ['λ', 'hyperparameter'],
      ['h1', 'operation'],
      ['s2', 'operation'],
      ['loss', 'operation'],
      ['J', 'operation'],
    ])
    const named = g.edges.map((e) => `${g.nodes[e.from]?.label}→${g.nodes[e.to]?.label}`)
    expect(new Set(named)).toEqual(
      new Set(['W1→h1', 'x→h1', 'W2→s2', 'h1→s2', 's2→loss', 'y→loss', 'loss→J', 'W1→J', 'W2→J', 'λ→J']),
    )
  })

  test('holds the values', () => {
    expect(item(node(g, 's2').value as Number)).toBe(0.5)
    expect(item(node(g, 'loss').value as Number)).toBeCloseTo(0.9740769841801067, 14)
    expect(item(node(g, 'J').value as Number)).toBeCloseTo(0.9965769841801067, 14)
  })

  test('holds the gradients that grad gives, and on edges what adds up to them', () => {
    const typed = lecture as unknown as (...xs: Tensor[]) => Number
    ;['x', 'y', 'W1', 'W2', 'λ'].forEach((label, i) => {
      const expected = (grad as never as (f: unknown, o: unknown) => (...a: unknown[]) => Tensor)(typed, {
        argument: i,
      })(...args)
      expect(allClose(node(g, label).gradient as Tensor, expected)).toBe(true)
    })
    expect(allClose(node(g, 'W2').gradient as Tensor, tensor([0.3312, 0.6225]), { absolute: 5e-5 } as never)).toBe(true)
    const into = g.edges.filter((e) => e.from === node(g, 'W1').id).map((e) => e.gradient as Tensor)
    expect(
      allClose(
        into.reduce((a, c) => add(a as Matrix, c as Matrix)),
        node(g, 'W1').gradient as Tensor,
      ),
    ).toBe(true)
  })

  test('is drawn with every label, role and number, and walked in as many steps as there are', async () => {
    const svg = await graph(g).svg()
    for (const text of ['W1', 'parameter', 'label', 'hyperparameter', '0.9966', '0.6225']) expect(svg).toContain(text)
    expect(dot(g, { values: false, gradients: false })).not.toContain('0.9966')
    expect(walk(g)).toHaveLength(4 + 9)
  })
})

test('without names, or when asked for all, every operation of the tape is a node', () => {
  const f = (a: Number): Number => mul(sin(a), add(a, 1))
  expect(computationGraph(f, [2]).nodes.map((n) => n.label)).toEqual(['x', 'sin', 'add', 'mul'])
  const all = computationGraph(lecture, args, { detail: 'all' }).nodes
  expect(all.length).toBeGreaterThan(20)
})

test('arguments that are trees have a root for each leaf, called by its path', () => {
  const model = chain(dense(2, 3), relu, dense(3, 1))
  const params = model.init(key(0), { dtype: 'f64' })
  const f = (p: typeof params, v: Vector): Number => sum(sigmoid(model.apply(p)(v)))
  const g = computationGraph(f, [params, x], { arguments: [{ name: 'θ', role: 'parameter' }] })
  expect(g.nodes.slice(0, 5).map((n) => n.label)).toEqual(['θ[0].w', 'θ[0].b', 'θ[1].w', 'θ[1].b', 'y'])
  expect(allClose(g.nodes[0]?.gradient as Tensor, grad(f)(params, x)[0].w)).toBe(true)
})

test('a function of several numbers has values and no gradients', () => {
  const g = computationGraph((v: Vector) => named(square(v), 'y'), [x])
  expect(g.nodes.map((n) => n.gradient)).toEqual([null, null])
})
