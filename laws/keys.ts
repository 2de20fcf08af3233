/** Laws of randomness: keys split the same way in every mode, and a draw is a function of its key. */
import * as fc from 'fast-check'
import type { Tensor } from '../src/core/value.js'
import { foldIn, key, split, splitKeys } from '../src/random/key.js'
import type { Key } from '../src/random/signatures.js'
import { builder } from '../src/tape/node.js'
import { flattenValues } from '../src/tape/trace.js'
import type { Concrete } from '../src/tensor/concrete.js'
import { mapped } from './batching.js'
import { compiled } from './compiled.js'
import { agreed, all, exact, fact, labelled, law, show, type Verdict } from './law.js'
import { stacked } from './primitive-sample.js'
import { given, type Suite, suite } from './property.js'
import { agree, type ListFunction } from './rounding.js'
import { numbers } from './sample.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A key, how many children it has, and which of them is looked at. */
interface Family {
  readonly key: Key
  readonly count: number
  readonly child: number
}

// ----------------------------------------------------------------------------------------------------------- arbitraries

/** Keys of any seed. */
export const anyKey: fc.Arbitrary<Key> = fc.maxSafeInteger().map((seed) => key(seed))

const families: fc.Arbitrary<Family> = fc
  .tuple(anyKey, fc.integer({ min: 1, max: 12 }))
  .chain(([k, count]) => fc.nat({ max: count - 1 }).map((child) => ({ key: k, count, child })))
  .map((f) => ({ ...f, toString: () => `key ${show(f.key)}, child ${f.child} of ${f.count}` }))

const word = (i: number): Tensor<[], 'i32'> => builder.full([], 'i32', i) as Tensor<[], 'i32'>

// --------------------------------------------------------------------------------------------------------------- checks

const splits = ({ key: k, count, child }: Family): Verdict =>
  exact((split(k, count) as readonly Key[])[child], foldIn(k, child))

const stacks = ({ key: k, count }: Family): Verdict => exact(splitKeys(k, count), stacked(split(k, count), count))

/** Children, grandchildren and the key itself are all different. */
const distinct = ({ key: k, count, child }: Family): Verdict => {
  const children = split(k, count) as readonly Key[]
  const family = [k, ...children, ...(split(children[child] as Key, count) as readonly Key[])]
  const seen = new Map<string, number>()
  for (const [i, member] of family.entries()) {
    const name = numbers(member as unknown as Concrete).join(' ')
    const twin = seen.get(name)
    if (twin !== undefined) return fact(false, () => `${show(family[twin])} and ${show(member)} are one key`)
    seen.set(name, i)
  }
  return agreed
}

const bySplit: ListFunction = (x) => split(x[0] as Key, 3)
const byFold: ListFunction = (x) => [foldIn(x[0] as Key, x[1] as Tensor<[], 'i32'>)]

const sameBits = ({ key: k, child, count }: Family): Verdict =>
  all(
    [
      [bySplit, [k], [foldIn(k, count)]] as const,
      [byFold, [k, word(child)], [foldIn(k, count), word(count)]] as const,
    ].flatMap(([f, x, y]) => {
      const over = mapped(
        f,
        x.map(() => true),
      )
      const stack = x.map((v, i) => stacked([v, y[i] as Tensor], 2))
      const second = f(y)
      const rows = f(x).map((v, i) => stacked([v, second[i] as Tensor], 2))
      return [
        labelled(() => 'jit', exact(compiled(f)(x), f(x))),
        labelled(() => 'vmap', exact(over(stack), rows)),
        labelled(() => 'jit of vmap', exact(compiled(over)(stack), rows)),
      ]
    }),
  )

// ----------------------------------------------------------------------------------------------------------------- laws

/**
 * Keys, held to their laws.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import * as fc from 'fast-check'
 * fc.assert(Laws.keys(), { numRuns: 5 })
 * ```
 */
export const keys = (): Suite =>
  suite(
    'keys',
    given(
      families,
      law('children', 'split(k, n)[i] = foldIn(k, i)', splits),
      law('stacks', 'splitKeys(k, n) = stack(split(k, n))', stacks),
      law('distinct', 'a key, its children and theirs are different', distinct),
      law('modes', 'jit and vmap change no bits', sameBits),
    ),
  )

/** How a draw is held to its laws. */
export interface DrawOptions {
  /** A name for messages. */
  readonly name?: string
  /** Made of bits alone: not even the last place may differ between modes. */
  readonly exact?: boolean
}

/**
 * A function of a key, held to the laws of draws: the same key gives the same draw, in every mode.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import { bernoulli, type Key } from 'lanac/random'
 * import * as fc from 'fast-check'
 * fc.assert(Laws.draw((k: Key) => bernoulli(k, 0.3, [4]), { exact: true }), { numRuns: 5 })
 * ```
 */
export const draw = (f: (key: Key) => unknown, options: DrawOptions = {}): Suite => {
  const list: ListFunction = (x) => flattenValues(f(x[0] as Key)).leaves
  const compare = (left: ListFunction, right: ListFunction, x: readonly Tensor[]): Verdict =>
    options.exact === true ? exact(left(x), right(x)) : agree(left, right, x)
  const rows: ListFunction = (x) => {
    const second = list([x[1] as Tensor])
    return list([x[0] as Tensor]).map((v, i) => stacked([v, second[i] as Tensor], 2))
  }
  const over = mapped(list, [true])
  const together: ListFunction = (x) => over([stacked(x, 2)])
  return suite(
    options.name ?? (f.name === '' ? 'the draw' : f.name),
    given(
      anyKey,
      law('function of the key', 'the same key gives the same draw', (k) => exact(list([k]), list([k]))),
      law('jit', 'jit draw = draw', (k) => compare(compiled(list), list, [k])),
      law('vmap', 'vmap draw = stack ∘ map draw', (k) => compare(together, rows, split(k))),
      law('jit of vmap', 'jit (vmap draw) = stack ∘ map draw', (k) => compare(compiled(together), rows, split(k))),
    ),
  )
}
