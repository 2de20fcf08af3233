/** Laws of softmax, its logarithm and the smooth maximum they come from, and of the sigmoid they generalise. */
import * as fc from 'fast-check'
import type { Float, Tensor } from '../../src/core/value.js'
import { logSoftmax, logSumExp, sigmoid, softmax, sum, tanh } from '../../src/ops/index.js'
import { builder as b } from '../../src/tape/node.js'
import { jvpOf, vjpOf } from '../derivative.js'
import { all, close, exact, fact, labelled, law, magnitude, show, type Verdict } from '../law.js'
import { given, type Suite, suite } from '../property.js'
import { agree } from '../rounding.js'
import { arrayOf, numbers } from '../sample.js'
import { tolerance } from '../tolerance.js'

// ---------------------------------------------------------------------------------------------------------------- model

interface Shifted {
  readonly z: Tensor
  readonly c: number
}

type Row = (x: Tensor) => Tensor

const soft: Row = (x) => softmax(x)
const logSoft: Row = (x) => logSoftmax(x)
const lse: Row = (x) => logSumExp(x) as Tensor
const one = b.full([], 'f64', 1)

// ----------------------------------------------------------------------------------------------------------- arbitraries

const rowOf = (values: readonly number[], dtype: Float = 'f64'): Tensor => arrayOf([values.length], dtype, values)

const shown = <A extends object>(a: A): A => ({
  ...a,
  toString: () =>
    Object.entries(a)
      .map(([k, v]) => `${k} = ${show(v)}`)
      .join('; '),
})

const rows = (value: fc.Arbitrary<number>): fc.Arbitrary<readonly number[]> =>
  fc.array(value, { minLength: 1, maxLength: 6 })

const eighth = (most: number): fc.Arbitrary<number> => fc.integer({ min: -8 * most, max: 8 * most }).map((k) => k / 8)

/** Dyadic logits and shifts: their sums are exact. */
const dyadic: fc.Arbitrary<Shifted> = fc
  .record({ z: rows(eighth(16)), c: eighth(1000) })
  .map(({ z, c }) => shown({ z: rowOf(z), c }))

const finite = (most: number): fc.Arbitrary<number> => fc.double({ min: -most, max: most, noNaN: true })

/** Any logits and shifts. */
const any: fc.Arbitrary<Shifted> = fc
  .record({ z: rows(finite(50)), c: finite(1000) })
  .map(({ z, c }) => shown({ z: rowOf(z), c }))

const logits: fc.Arbitrary<{ readonly z: Tensor }> = rows(finite(30)).map((z) => shown({ z: rowOf(z) }))

const permuted = rows(finite(30)).chain((z) =>
  fc
    .shuffledSubarray(
      z.map((_, i) => i),
      { minLength: z.length, maxLength: z.length },
    )
    .map((order) => shown({ z: rowOf(z), order })),
)

/** Logits as far apart as their type holds: at every index the largest magnitude, of either sign, or 0. */
const extreme = fc
  .tuple(rows(fc.constantFrom(-1, 0, 1)), fc.constantFrom<Float>('f32', 'f64'))
  .map(([signs, dtype]) => shown({ signs, dtype, size: dtype === 'f32' ? 1e3 : 1e300 }))

// --------------------------------------------------------------------------------------------------------------- checks

const shiftedBy = (z: Tensor, c: number): Tensor => b.add(z, c)

/** Rounding z + c moves an exponent by at most ε(|z| + |c|)/2, and so does rounding the largest. */
const withinShift = ({ z, c }: Shifted): Verdict => {
  const p = soft(z)
  const scale = b.mul(p, magnitude(z) + Math.abs(c) + numbers(z).length)
  return close(soft(shiftedBy(z, c)), p, { tolerance: tolerance('f64', 'program'), scale })
}

const log = Math.log

/** At ±M and 0 the largest share everything between them, to the last bit of what the type holds. */
const atExtremes = ({
  signs,
  dtype,
  size,
}: {
  readonly signs: readonly number[]
  readonly dtype: Float
  readonly size: number
}) => {
  const z = rowOf(
    signs.map((s) => s * size),
    dtype,
  )
  const top = Math.max(...signs)
  const ties = signs.filter((s) => s === top).length
  const p = rowOf(
    signs.map((s) => (s === top ? 1 / ties : 0)),
    dtype,
  )
  const t = { tolerance: tolerance(dtype, 'program'), scale: 'element' } as const
  const weights = signs.map((_, i) => i + 1)
  const mean = weights.reduce((m, w, i) => m + (signs[i] === top ? w / ties : 0), 0)
  return all([
    labelled(() => 'softmax', close(soft(z), p, t)),
    labelled(() => 'LSE', close(lse(z), arrayOf([], dtype, [top * size + log(ties)]), t)),
    labelled(
      () => 'log softmax',
      close(
        logSoft(z),
        rowOf(
          signs.map((s) => s * size - top * size - log(ties)),
          dtype,
        ),
        t,
      ),
    ),
    labelled(() => '∇ LSE', close(vjpOf(([x]) => [lse(x as Tensor)], [z], [arrayOf([], dtype, [1])])[0], p, t)),
    labelled(
      () => 'Jᵀ of softmax',
      close(
        vjpOf(([x]) => [soft(x as Tensor)], [z], [rowOf(weights, dtype)])[0],
        b.mul(
          p,
          rowOf(
            weights.map((w) => w - mean),
            dtype,
          ),
        ),
        { ...t, scale: weights.length },
      ),
    ),
  ])
}

const permute = (x: Tensor, order: readonly number[]): Tensor => rowOf(order.map((i) => numbers(x)[i] as number))

const onLine = fc.oneof(finite(20), finite(1e3)).map((x) => shown({ x: arrayOf([], 'f64', [x]) }))

// ----------------------------------------------------------------------------------------------------------------- laws

/** The laws of softmax(z) = e^z / Σ e^z, LSE(z) = log Σ e^z, σ and tanh. */
export const softmaxLaws = (): Suite =>
  suite(
    'softmax',
    given(
      dyadic,
      law('shift, exactly', 'softmax(z + c) = softmax z, where z + c is exact', ({ z, c }) =>
        all([
          exact(soft(shiftedBy(z, c)), soft(z)),
          labelled(() => 'log softmax', exact(logSoft(shiftedBy(z, c)), logSoft(z))),
        ]),
      ),
      law('the largest is at 0', 'softmax z = softmax(z − max z)', ({ z }) =>
        exact(soft(shiftedBy(z, -Math.max(...numbers(z)))), soft(z)),
      ),
    ),
    given(
      any,
      law('shift', 'softmax(z + c) = softmax z', withinShift),
      law('LSE and shift', 'LSE(z + c) = LSE z + c', ({ z, c }) =>
        close(lse(shiftedBy(z, c)), b.add(lse(z), c), {
          tolerance: tolerance('f64', 'program'),
          scale: magnitude(z) + Math.abs(c) + numbers(z).length,
        }),
      ),
    ),
    given(
      logits,
      law('a distribution', 'softmax z ≥ 0, Σ softmax z = 1', ({ z }) =>
        all([
          fact(
            numbers(soft(z)).every((p) => p >= 0 && p <= 1),
            () => show(soft(z)),
          ),
          close(sum(soft(z)), one, { tolerance: tolerance('f64', 'reordered'), scale: numbers(z).length }),
        ]),
      ),
      law('its logarithm', 'log softmax z = z − LSE z', ({ z }) =>
        close(logSoft(z), b.sub(z, b.broadcast(lse(z), z.shape, [])), {
          tolerance: tolerance('f64', 'program'),
          scale: magnitude(z) + numbers(z).length,
        }),
      ),
      law('a smooth maximum', 'max z ≤ LSE z ≤ max z + log n', ({ z }) => {
        const [top, n, l] = [Math.max(...numbers(z)), numbers(z).length, numbers(lse(z))[0] as number]
        const slack = tolerance('f64', 'program') * (Math.abs(top) + log(n) + 1)
        return fact(l >= top && l <= top + log(n) + slack, () => `max ${top}, LSE ${l}, n ${n}`)
      }),
      law('gradient', '∇ LSE = softmax', ({ z }) =>
        agree(
          ([x]) => [vjpOf(([y]) => [lse(y as Tensor)], [x as Tensor], [one])[0] as Tensor],
          ([x]) => [soft(x as Tensor)],
          [z],
        ),
      ),
      law('constants are lost', 'J softmax · 1 = 0', ({ z }) =>
        close(jvpOf(([x]) => [soft(x as Tensor)], [z], [b.like(z, 1)])[0], b.like(z, 0), {
          tolerance: tolerance('f64', 'reordered'),
          scale: b.mul(soft(z), numbers(z).length),
        }),
      ),
    ),
    given(
      permuted,
      law('permutations', 'softmax(P z) = P softmax z', ({ z, order }) =>
        close(soft(permute(z, order)), permute(soft(z), order), {
          tolerance: tolerance('f64', 'reordered'),
          scale: b.mul(soft(permute(z, order)), order.length),
        }),
      ),
    ),
    given(extreme, law('extremes', 'finite and right at ±1e3 (f32) and ±1e300 (f64)', atExtremes)),
    given(
      onLine,
      law('two classes', 'σ(z) = softmax([0, z])₁', ({ x }) => {
        const second = numbers(soft(rowOf([0, ...numbers(x)])))[1] as number
        return close(sigmoid(x), arrayOf([], 'f64', [second]), {
          tolerance: tolerance('f64', 'program'),
          scale: 'element',
        })
      }),
      law('tanh', 'tanh x = 2σ(2x) − 1', ({ x }) =>
        close(tanh(x), b.sub(b.mul(2, sigmoid(b.mul(2, x))), 1), { tolerance: tolerance('f64', 'program'), scale: 1 }),
      ),
      law('symmetry', 'σ(−x) = 1 − σ(x)', ({ x }) =>
        close(sigmoid(b.neg(x)), b.sub(1, sigmoid(x)), { tolerance: tolerance('f64', 'program'), scale: 1 }),
      ),
    ),
  )
