/** Laws of attention: keys and values are a set, queries are answered one by one. */
import * as fc from 'fast-check'
import type { Tensor } from '../../src/core/value.js'
import { attention } from '../../src/ops/index.js'
import { builder as b } from '../../src/tape/node.js'
import { law, show } from '../law.js'
import { given, type Suite, suite } from '../property.js'
import { agree } from '../rounding.js'
import { arrayOf, drawnFrom, numbers } from '../sample.js'

const T = 3
const S = 4
const D = 2
const E = 3

const drawn = (shape: readonly number[]) => drawnFrom({ shape, dtype: 'f64', domain: { low: -2, high: 2 } })

const order = (n: number): fc.Arbitrary<readonly number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: n }, (_, i) => i),
    { minLength: n, maxLength: n },
  )

const scenes = fc
  .record({ q: drawn([T, D]), k: drawn([S, D]), v: drawn([S, E]), keys: order(S), queries: order(T) })
  .map((s) => ({
    ...s,
    toString: () => `q = ${show(s.q)}; k = ${show(s.k)}; v = ${show(s.v)}; ${s.keys}; ${s.queries}`,
  }))

const permuted = (x: Tensor, p: readonly number[]): Tensor => {
  const n = p.length
  const m = x.shape[1] as number
  const matrix = arrayOf(
    [n, n],
    'f64',
    p.flatMap((j) => Array.from({ length: n }, (_, i) => (i === j ? 1 : 0))),
  )
  return b.reshape(b.sum(b.mul(b.broadcast(matrix, [n, n, m], [0, 1]), b.broadcast(x, [n, n, m], [1, 2])), [1]), [n, m])
}

const of = (q: Tensor, k: Tensor, v: Tensor): Tensor => attention(q, k, v)

/** The laws of attention without a mask. */
export const attentionLaws = (): Suite =>
  suite(
    'attention',
    given(
      scenes,
      law('keys and values are a set', 'attention(q, P k, P v) = attention(q, k, v)', ({ q, k, v, keys }) =>
        agree(
          ([a, c, d]) => [of(a as Tensor, permuted(c as Tensor, keys), permuted(d as Tensor, keys))],
          ([a, c, d]) => [of(a as Tensor, c as Tensor, d as Tensor)],
          [q, k, v],
        ),
      ),
      law('queries are answered one by one', 'attention(P q, k, v) = P attention(q, k, v)', ({ q, k, v, queries }) =>
        agree(
          ([a, c, d]) => [of(permuted(a as Tensor, queries), c as Tensor, d as Tensor)],
          ([a, c, d]) => [permuted(of(a as Tensor, c as Tensor, d as Tensor), queries)],
          [q, k, v],
        ),
      ),
      law('equal values', 'attention(q, k, 1 vᵀ) = 1 vᵀ', ({ q, k, v }) => {
        const row = arrayOf([E], 'f64', numbers(v).slice(0, E))
        const all = (n: number, r: Tensor): Tensor => b.broadcast(r, [n, E], [1])
        return agree(
          ([a, c, d]) => [of(a as Tensor, c as Tensor, all(S, d as Tensor))],
          ([, , d]) => [all(T, d as Tensor)],
          [q, k, row],
        )
      }),
    ),
  )
