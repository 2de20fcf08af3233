/**
 * Keys: the only source of randomness, values like any other.
 *
 * A key is two words of threefry2x32 (Salmon et al., SC'11), a keyed bijection of 64-bit counters. Child `i` of a key is
 * the block at counter `i`, so splitting, folding in and drawing are pure functions of the key, with the same bits in every
 * mode. Keys, children and bits are those of JAX 0.5 and later.
 *
 * Laws (checked in laws/keys): split(k, n)[i] = foldIn(k, i); children are distinct; jit and vmap change no bits.
 */
import { DTypeError, ShapeError, showShape, ValueError } from '../core/error.js'
import { isTensor, type Tensor } from '../core/value.js'
import { whole } from '../ops/operand.js'
import { builder as b, type Value } from '../tape/node.js'
import { concrete, scalarOf } from '../tensor/concrete.js'
import { range } from '../tensor/shape.js'
import type { Key, Keys } from './signatures.js'

// ------------------------------------------------------------------------------------------------------------- checking

/** Refuses what is no key. @throws DTypeError, ShapeError */
export const checkKey = (operation: string, k: unknown): Key => {
  const hint = 'keys are made by key(seed), and more of them by split'
  if (!isTensor(k))
    throw new DTypeError({
      operation,
      problem: `takes a key, found ${k == null ? k : Array.isArray(k) ? 'an array' : `a ${typeof k}`}`,
      hint: typeof k === 'number' ? `make it a key: key(${k})` : Array.isArray(k) ? 'choose one of the keys' : hint,
    })
  if (k.dtype !== 'i32')
    throw new DTypeError({
      operation,
      problem: `takes a key of i32 words, found ${k.dtype}${showShape(k.shape)}`,
      hint,
    })
  if (k.shape.length !== 1 || k.shape[0] !== 2)
    throw new ShapeError({
      operation,
      problem: `a key has shape [2], found ${showShape(k.shape)}`,
      hint: k.shape.at(-1) === 2 ? 'for a stack of keys use vmap' : hint,
    })
  return k as Key
}

/** A whole number that may be known only when a compiled function runs, as an i32 scalar. */
const wordOf = (operation: string, x: Tensor, what: string): Tensor => {
  if (x.shape.length !== 0)
    throw new ShapeError({ operation, problem: `${what} is a scalar, found shape ${showShape(x.shape)}` })
  if (x.dtype === 'i32') return x
  // a JS number that became an argument of a compiled function
  if ((x as Value).weak) return b.convert(x, 'i32')
  throw new DTypeError({
    operation,
    problem: `${what} is i32, found ${x.dtype}`,
    hint: "convert it: convert(x, 'i32')",
  })
}

const pairOf = (high: Tensor, low: Tensor): Tensor => b.concatenate([b.reshape(high, [1]), b.reshape(low, [1])], 0)

// --------------------------------------------------------------------------------------------------------- constructors

/**
 * The key of a seed: any whole number that a JS number holds exactly, or an i32 scalar.
 *
 * @throws ValueError for other numbers
 * @example
 * ```ts
 * import { toArray } from 'lanac'
 * import { key, normal, split } from 'lanac/random'
 * const [a, b] = split(key(0))
 * assert.deepStrictEqual(toArray(normal(a, [3])), toArray(normal(a, [3])))
 * assert.notDeepStrictEqual(toArray(normal(a, [3])), toArray(normal(b, [3])))
 * ```
 */
export const key = (seed: number | Tensor<[], 'i32'>): Key => {
  if (isTensor(seed)) {
    const low = wordOf('key', seed, 'the seed')
    return pairOf(b.select(b.less(low, 0), b.like(low, -1), 0), low) as Key
  }
  if (!Number.isSafeInteger(seed))
    throw new ValueError({
      operation: 'key',
      problem: `the seed has to be a whole number between −2⁵³ and 2⁵³, found ${String(seed)}`,
    })
  return concrete([2], 'i32', Int32Array.of(Math.floor(seed / 2 ** 32), seed)) as Tensor as Key
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** `n` blocks of a key, at counters 0 to n − 1: their first and their second words, i32 [n] each. */
export const blocks = (k: Key, n: number): readonly [Tensor, Tensor] => {
  const counters = b.concatenate([b.full([n], 'i32', 0), b.iota([n], 'i32', 0)], 0)
  const words = b.threefry(k, counters)
  const part = (start: number): Tensor => b.slice(words, { start: [start], stop: [start + n], step: [1] })
  return [part(0), part(n)]
}

/**
 * `n` children of a key, stacked: what a function of one key is mapped over.
 *
 * @example
 * ```ts
 * import { vmap } from 'lanac'
 * import { type Key, key, normal, splitKeys } from 'lanac/random'
 * assert.deepStrictEqual(vmap((k: Key) => normal(k, [3]))(splitKeys(key(0), 5)).shape, [5, 3])
 * ```
 */
export const splitKeys = <N extends number>(k: Key, n: N): Tensor<[N, 2], 'i32'> => {
  checkKey('splitKeys', k)
  whole('splitKeys', n, 'the number of keys')
  const [first, second] = blocks(k, n)
  const column = (x: Tensor): Tensor => b.reshape(x, [n, 1])
  return b.concatenate([column(first), column(second)], 1) as Tensor<[N, 2], 'i32'>
}

/**
 * `n` children of a key, 2 unless named: `const [a, b] = split(k)`. Use the children and never `k` again.
 *
 * @throws ValueError when the count is no whole number
 */
export const split = <N extends number = 2>(k: Key, n: N = 2 as N): Keys<N> => {
  checkKey('split', k)
  whole('split', n, 'the number of keys')
  const stacked = splitKeys(k, n)
  return range(n).map((i) =>
    b.reshape(b.slice(stacked, { start: [i, 0], stop: [i + 1, 2], step: [1, 1] }), [2]),
  ) as readonly Tensor[] as unknown as Keys<N>
}

/**
 * The child number `i` of a key, without the others: `foldIn(k, i)` is `split(k, n)[i]`. `i` is a whole number below 2³¹, or
 * an i32 scalar, whose 32 bits are taken as they are: a step count inside jit.
 *
 * @throws ValueError for other numbers
 */
export const foldIn = (k: Key, i: number | Tensor<[], 'i32'>): Key => {
  checkKey('foldIn', k)
  if (!isTensor(i) && whole('foldIn', i, 'the number of the child') >= 2 ** 31)
    throw new ValueError({ operation: 'foldIn', problem: `the number of the child has to be below 2³¹, found ${i}` })
  const low = isTensor(i) ? wordOf('foldIn', i, 'the number of the child') : scalarOf('i32', i)
  return b.threefry(k, pairOf(b.full([], 'i32', 0), low)) as Key
}
