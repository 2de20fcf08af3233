/**
 * Reference values from outside: every case of reference.json, and of every further file in the folder that the
 * environment variable LANAC_ORACLE names. Output, vjp and jvp, under jit and not, in f64 and in f32.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { tensor } from 'lanac'
import { describe, expect, test } from 'vitest'
import { conditionOf, tolerance } from '../../laws/tolerance.js'
import { type Case, compute, type Pair, type Precision, problem } from './case.js'
import { closedForm } from './closed-form.js'
import { later, words } from './words.js'

// ---------------------------------------------------------------------------------------------------------------- names

/** Every operation name that a file may use. */
const NAMES = `
  neg exp log expm1 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sqrt rsqrt square reciprocal abs sign
  floor ceil round erf erfc lgamma digamma sigmoid logSigmoid softplus softsign relu leakyRelu elu selu gelu silu mish clip
  add sub mul div pow maximum minimum atan2 hypot remainder less lessEqual greater greaterEqual equal notEqual where
  sum mean prod max min variance std norm logSumExp argmax argmin any all cumsum cumprod sort argsort topK softmax logSoftmax
  reshape transpose broadcastTo concat stack split slice pad tile flip roll take takeAlongAxis expandDims squeeze oneHot
  matmul dot outer einsum trace diag tril triu
  conv1d conv2d conv3d convTranspose2d maxPool2d avgPool2d batchNorm layerNorm rmsNorm groupNorm attention embedding lstmCell
  gruCell
  crossEntropy crossEntropyLabelSmoothing softCrossEntropy binaryCrossEntropyWithLogits meanSquaredError meanAbsoluteError
  huber gaussianNll poissonNll klDivergence cosineSimilarity
  cholesky triangularSolve solve inv det logdet qr eigvalsh eigh svdvals svd lstsq`
  .trim()
  .split(/\s+/)

describe('the names of operations', () => {
  test('each is mapped, or still to come', () => {
    expect(NAMES.filter((n) => !words.has(n) && !later.includes(n))).toEqual([])
  })
  test('what is still to come is not mapped yet, and nothing else is awaited', () => {
    expect(later.filter((n) => words.has(n) || !NAMES.includes(n))).toEqual([])
  })
})

// ---------------------------------------------------------------------------------------------------------------- cases

const here = fileURLToPath(new URL('.', import.meta.url))
const outside = process.env.LANAC_ORACLE
const files = [
  join(here, 'reference.json'),
  ...(outside === undefined || outside === ''
    ? []
    : readdirSync(outside)
        .filter((f) => f.endsWith('.json'))
        .sort()
        .map((f) => join(outside, f))),
]

const problems = (c: Case, precision: Precision, compiled: boolean): readonly string[] => {
  const times = conditionOf(c.op, precision)
  const relative = times * tolerance(precision, 'reference')
  const noise = times * tolerance(precision, 'cancelled')
  return compute(c, precision, compiled).flatMap((p) => problem(p, precision, relative, noise) ?? [])
}

const hold = (name: string, cases: readonly Case[]): void => {
  const byName = new Map<string, Case[]>()
  for (const c of cases) if (!later.includes(c.op)) byName.set(c.op, [...(byName.get(c.op) ?? []), c])
  describe(name, () => {
    for (const [op, list] of byName)
      for (const precision of ['f64', 'f32'] as const)
        for (const compiled of [false, true])
          test(`${op}, ${list.length} in ${precision}${compiled ? ' under jit' : ''}`, () => {
            expect(list.flatMap((c, i) => problems(c, precision, compiled).map((p) => `case ${i}: ${p}`))).toEqual([])
          })
  })
}

for (const file of files) {
  const { cases = [] } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases?: readonly Case[] }
  hold(file.startsWith(here) ? 'reference.json' : file, cases)
}
hold('by hand', closedForm)

// ------------------------------------------------------------------------------------------------------- the comparison

describe('the comparison itself', () => {
  const pair = (
    expected: readonly (number | string)[],
    found: readonly number[],
    dtype: 'f64' | 'f32' = 'f64',
  ): Pair => ({
    what: 'output',
    expected: { dtype: 'f64', shape: [expected.length], data: expected },
    found: tensor(found, { dtype }),
    scale: Math.max(...expected.map((x) => Math.abs(Number(x))).filter(Number.isFinite)),
  })
  const check = (p: Pair, precision: Precision): string | null =>
    problem(p, precision, tolerance(precision, 'reference'), tolerance(precision, 'cancelled'))
  test('sees a relative error of a hundred times the tolerance in any element', () => {
    const element = fc.double({ min: 0.01, max: 100, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(element, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.constantFrom('f64', 'f32'),
        (xs, k, d) => {
          const precision = d as Precision
          const i = k % xs.length
          const off = xs.map((x, j) => (i === j ? x * (1 + 100 * tolerance(precision, 'reference')) : x))
          const big = Math.max(...xs)
          // what is small beside the scale is held to the scale
          const seen =
            (xs[i] as number) * 100 * tolerance(precision, 'reference') > 2 * big * tolerance(precision, 'cancelled')
          expect(check(pair(xs, xs, precision), precision)).toBe(null)
          if (seen) expect(check(pair(xs, off, precision), precision)).not.toBe(null)
        },
      ),
    )
  })
  test('sees NaN, infinities, signs, shapes and element types', () => {
    expect(check(pair(['NaN', 'Infinity', '-Infinity'], [Number.NaN, Infinity, -Infinity]), 'f64')).toBe(null)
    expect(check(pair([1], [Number.NaN]), 'f64')).toMatch(/NaN, expected 1/)
    expect(check(pair(['NaN'], [1]), 'f64')).toMatch(/1, expected NaN/)
    expect(check(pair([1], [Infinity]), 'f64')).toMatch(/Infinity, expected 1/)
    expect(check(pair([1, 1], [Number.NaN, 1]), 'f64')).toMatch(/NaN, expected 1/)
    expect(check(pair(['Infinity'], [1e300]), 'f64')).toMatch(/1e\+300, expected Infinity/)
    expect(check(pair(['Infinity'], [-Infinity]), 'f64')).toMatch(/-Infinity, expected Infinity/)
    expect(check(pair([1], [-1]), 'f64')).toMatch(/-1, expected 1/)
    expect(check(pair([1, 2], [1]), 'f64')).toBe('output: shape [1], expected [2]')
    expect(check(pair([1], [1], 'f32'), 'f64')).toBe('output: f32, expected f64')
  })
})
