import { describe, expect, it } from 'vitest'
import { evaluate, exhaustive, worstOf } from '../../../bench/accuracy/measure.js'
import { REFERENCE, REFERENCE2 } from '../../../bench/accuracy/reference.js'
import { SPECIAL, sample, samplePair } from '../../../bench/accuracy/samples.js'
import type { FunctionName } from '../../../src/core/lane.js'
import * as L from '../../../src/core/lane.js'
import { BOUNDS, polygammaBound } from '../../../src/engine/math/bounds.js'
import { writeOut } from '../../../src/engine/math/index.js'
import { digamma, erf, erfc, lgamma, polygamma } from '../../../src/primitive/special.js'

const boundOf = (name: string) => {
  const order = /^polygamma(\d+)$/.exec(name)?.[1]
  return order === undefined ? (BOUNDS[name] as { f32: number; f64: number }) : polygammaBound(Number(order))
}

/** JavaScript's own functions and the reference semantics, for special values. */
const PLAIN: Readonly<Record<string, (x: number, y: number) => number>> = {
  ...(Object.fromEntries(Object.keys(REFERENCE).flatMap((k) => (k in Math ? [[k, Math[k as 'exp']]] : []))) as Record<
    string,
    (x: number) => number
  >),
  erf,
  erfc,
  lgamma,
  digamma,
  sigmoid: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
  polygamma1: (x) => polygamma(1, x),
  polygamma2: (x) => polygamma(2, x),
  polygamma3: (x) => polygamma(3, x),
  pow: (x, y) => x ** y,
  atan2: Math.atan2,
}

/** Equal as special values: NaN, the same infinity, the same zero. */
const isSpecial = (y: number): boolean => !Number.isFinite(y) || y === 0

const N = 2000

describe('functions written out in lanes', () => {
  for (const name of Object.keys(REFERENCE) as FunctionName[]) {
    it(`${name} of f64 is as accurate as its bound says`, () => {
      const args = [[...SPECIAL, ...Array.from({ length: N }, () => sample(name, Math.random))]]
      const worst = worstOf(name, 'f64', args, evaluate(name, 'f64', args))
      expect(worst.ulp, `${name}(${worst.at}) = ${worst.got}`).toBeLessThanOrEqual(boundOf(name).f64)
    })

    it(`${name} of f32 is as accurate as its bound says`, () => {
      const args = [SPECIAL]
      const special = worstOf(name, 'f32', args, evaluate(name, 'f32', args))
      expect(special.ulp, `${name}(${special.at}) = ${special.got}`).toBeLessThanOrEqual(boundOf(name).f32)
      // some 10⁵ of all 2³² arguments, others each time
      const worst = exhaustive(name, { stride: 40_009, first: Math.floor(40_009 * Math.random()) })
      expect(worst.ulp, `${name}(${worst.at}) = ${worst.got}`).toBeLessThanOrEqual(boundOf(name).f32)
      const once = exhaustive(name, { stride: 400_009, first: Math.floor(400_009 * Math.random()), once: true })
      expect(once.ulp, `${name}(${once.at}), multiply-add rounded once`).toBeLessThanOrEqual(boundOf(name).f32)
    })
  }

  it('digamma of f32 is within its bound where one rounding of doubles is all that is allowed', () => {
    // its value lies 0.49 of a unit above one f32 and 0.51 below the next
    const worst = worstOf('digamma', 'f32', [[2.052772283554077]], evaluate('digamma', 'f32', [[2.052772283554077]]))
    expect(worst.ulp).toBeLessThanOrEqual(0.5)
  })

  for (const name of Object.keys(REFERENCE2) as FunctionName[])
    for (const type of ['f32', 'f64'] as const)
      it(`${name} of ${type} is as accurate as its bound says`, () => {
        const pairs = [
          ...SPECIAL.flatMap((x) => SPECIAL.map((y) => [x, y] as const)),
          ...Array.from({ length: N }, () => samplePair(name, Math.random)),
        ]
        const args = [pairs.map((p) => p[0]), pairs.map((p) => p[1])]
        const worst = worstOf(name, type, args, evaluate(name, type, args))
        expect(worst.ulp, `${name}(${worst.at}) = ${worst.got}`).toBeLessThanOrEqual(boundOf(name)[type])
      })

  for (const [name, plain] of Object.entries(PLAIN))
    for (const type of ['f32', 'f64'] as const)
      it(`${name} of ${type} has the special values of the reference semantics`, () => {
        const round = (x: number): number => (type === 'f32' ? Math.fround(x) : x)
        const pairs =
          name in REFERENCE2
            ? SPECIAL.flatMap((x) => SPECIAL.map((y) => [x, y] as const))
            : SPECIAL.map((x) => [x, 0] as const)
        const xs = pairs.map((p) => round(p[0]))
        const ys = pairs.map((p) => round(p[1]))
        const values = evaluate(name as FunctionName, type, name in REFERENCE2 ? [xs, ys] : [xs])
        values.forEach((got, i) => {
          const x = xs[i] as number
          const y = ys[i] as number
          const want = round(plain(x, y))
          if (isSpecial(want) || isSpecial(got)) {
            const close =
              Number.isFinite(want) &&
              Number.isFinite(got) &&
              Math.abs(want - got) <= (type === 'f32' ? 2 ** -149 : 2 ** -1074)
            if (close && Math.sign(want) * Math.sign(got) >= 0 && !(want === 0 && got === 0)) return
            expect(`${name}(${x}, ${y}) = ${Object.is(got, -0) ? '-0' : got}`).toBe(
              `${name}(${x}, ${y}) = ${Object.is(want, -0) ? '-0' : want}`,
            )
          }
        })
      })

  for (const type of ['f32', 'f64'] as const)
    it(`gives the same values one at a time and several at once (${type})`, () => {
      for (const name of ['exp', 'log', 'tanh', 'sin', 'erfc', 'lgamma'] as const) {
        const xs = Array.from({ length: 200 }, () => sample(name, Math.random))
        // without relaxed instructions both are the same operations
        const several = evaluate(name, type, [xs], type === 'f32' ? 4 : 2, false)
        expect(evaluate(name, type, [xs], 1, false)).toEqual(several)
        expect(evaluate(name, type, [xs], 2, false)).toEqual(several)
        if (type === 'f64') expect(evaluate(name, type, [xs], 4, false)).toEqual(several)
      }
    })

  it('writes shared calls once, and leaves lanes without calls as they are', () => {
    const x = L.source('f32', 0)
    const e = L.call('exp', x)
    const sum = L.binary('add', e, L.binary('mul', e, e))
    const [y, z] = writeOut([sum, x])
    expect(z).toBe(x)
    const [a, b] = (y as L.Lane).args as [L.Lane, L.Lane]
    expect(b.args).toEqual([a, a])
    expect(b.args[0]).toBe(a)
    expect(a.op).not.toBe('call')
  })
})
