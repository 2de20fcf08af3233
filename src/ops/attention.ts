/** Attention: a weighted mean of values, weighted by how queries match keys; and the table of embeddings. */
import { DTypeError, ShapeError, showShape } from '../core/error.js'
import type { Shape, Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { broadcastShapes, range } from '../tensor/shape.js'
import { takeOf } from './indexing.js'
import { floating, isOperand, lift, meet, stretch, withSecond } from './operand.js'
import type { Attention, Embedding } from './signatures.js'

// -------------------------------------------------------------------------------------------------------------- options

/** Who may attend to whom, and by what the products are scaled. */
export interface AttentionOptions {
  /** Each time attends to itself and earlier ones only. */
  readonly causal?: boolean
  /** True where a query (second to last axis) may attend to a key (last axis); broadcast to [...b, t, s]. */
  readonly mask?: Tensor
  /** What products are multiplied with; 1/√d unless named. */
  readonly scale?: Tensor | number
}

// -------------------------------------------------------------------------------------------------------------- weights

/** Which scores count; null: all. */
const allowed = (shape: Shape, causal: boolean, mask: Tensor | undefined): Tensor | null => {
  const rank = shape.length
  const past = causal ? b.lessEqual(b.iota(shape, 'i32', rank - 1), b.iota(shape, 'i32', rank - 2)) : null
  if (mask === undefined) return past
  if (mask.dtype !== 'bool')
    throw new DTypeError({
      operation: 'attention',
      problem: `the mask has to be bool, found ${mask.dtype} of shape ${showShape(mask.shape)}`,
      hint: 'compare it: notEqual(mask, 0)',
    })
  const seen = stretch('attention', mask, shape)
  return past === null ? seen : b.and(past, seen)
}

/** The softmax over the last axis of the scores that count; a row in which none does gets weights 0. */
const weights = (scores: Tensor, seen: Tensor | null): Tensor => {
  const last = scores.shape.length - 1
  const back = (y: Tensor): Tensor => b.broadcast(y, scores.shape, range(last))
  if (scores.shape[last] === 0) return scores
  const s = seen === null ? scores : b.select(seen, scores, Number.NEGATIVE_INFINITY)
  const m = b.stopGradient(b.max(s, [last]))
  const e = b.exp(b.sub(s, back(b.select(b.isFinite(m), m, 0))))
  const total = b.sum(e, [last])
  return b.div(e, back(seen === null ? total : b.select(b.equal(total, 0), 1, total)))
}

// ------------------------------------------------------------------------------------------------------------- products

const timed = (x: unknown, what: string): Tensor => {
  const v = floating('attention', x)
  if (v.shape.length < 2)
    throw new ShapeError({
      operation: 'attention',
      problem: `${what} have shape ${showShape(v.shape)}; they need time and features`,
    })
  return v
}

const attend = (x: unknown, y: unknown, z: unknown, o: AttentionOptions): Tensor => {
  const q = timed(x, 'queries')
  const k = meet('attention', timed(y, 'keys'), q)[0]
  const v = meet('attention', timed(z, 'values'), q)[0]
  const [d, dk] = [q.shape.at(-1) as number, k.shape.at(-1) as number]
  if (d !== dk)
    throw new ShapeError({
      operation: 'attention',
      problem: `queries ${showShape(q.shape)} and keys ${showShape(k.shape)} differ in features`,
    })
  if (k.shape.at(-2) !== v.shape.at(-2))
    throw new ShapeError({
      operation: 'attention',
      problem: `keys ${showShape(k.shape)} and values ${showShape(v.shape)} differ in time`,
    })
  const lead = [k, v].reduce<Shape>(
    (shape, u) => broadcastShapes('attention', shape, u.shape.slice(0, -2)),
    q.shape.slice(0, -2),
  )
  const wide = (u: Tensor): Tensor => stretch('attention', u, [...lead, ...u.shape.slice(-2)])
  const n = lead.length
  const batch = range(n)
  const [t, s, f] = [n, n + 1, n + 2]
  const products = b.contract(wide(q), wide(k), { a: [...batch, t, f], b: [...batch, s, f], out: [...batch, t, s] })
  const scale = meet('attention', lift('attention', o.scale ?? 1 / Math.sqrt(d)), q)[0]
  const scores = b.mul(products, stretch('attention', scale, products.shape))
  const w = weights(scores, allowed(scores.shape, o.causal === true, o.mask))
  return b.contract(w, wide(v), { a: [...batch, t, s], b: [...batch, s, f], out: [...batch, t, f] })
}

/**
 * softmax(queries · keysᵀ / √d) · values: [...b, t, d] × [...b, s, d] × [...b, s, e] → [...b, t, e] (Vaswani et al.,
 * 2017). A query that may attend to no key gives 0. Data-last: `attention(keys, values, options)`.
 *
 * @throws ShapeError when features or times differ, DTypeError for a mask that is not bool
 * @example
 * ```ts
 * import { attention, tensor, toArray } from 'lanac'
 * const x = tensor([[1, 0], [0, 1]])
 * assert.deepStrictEqual(toArray(attention(x, x, tensor([[1], [2]]), { causal: true }))[0], [1])
 * ```
 */
export const attention = ((q: unknown, k: unknown, v: unknown, options?: AttentionOptions) =>
  isOperand(v)
    ? attend(q, k, v, options ?? {})
    : (x: unknown) => attend(x, q, k, (v as AttentionOptions | undefined) ?? {})) as Attention<AttentionOptions>

/**
 * Rows of a table by index: [n, d] at [...i] → [...i, d]; the derivative is added up in the rows that were read.
 *
 * @throws ShapeError when the table is no matrix, DTypeError for indices that are not i32
 */
export const embedding = withSecond((table, indices) => {
  const v = lift('embedding', table)
  if (v.shape.length !== 2)
    throw new ShapeError({
      operation: 'embedding',
      problem: `the table has shape ${showShape(v.shape)}; it needs a row for each index`,
    })
  return takeOf('embedding', v, indices, 0)
}) as Embedding
