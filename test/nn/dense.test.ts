/** The fully connected layer and its options. */
import { toArray, ValueError, variance, zeros } from 'lanac'
import { dense } from 'lanac/nn'
import { constant, heNormal, key } from 'lanac/random'
import { describe, expect, it } from 'vitest'

const said = (f: () => unknown): Error => {
  try {
    f()
  } catch (e) {
    return e as Error
  }
  throw new Error('nothing was thrown')
}

describe('dense', () => {
  it('draws weights within ±√(6/(in + out)), and no bias, unless told otherwise', () => {
    const [{ w, b }] = dense(40, 60).init(key(0), { dtype: 'f64' })
    const limit = Math.sqrt(6 / 100)
    const values = (toArray(w) as unknown as number[][]).flat()
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(limit)
    // the largest of 2400 uniform draws is below 0.98 of the limit with probability 0.98^2400 = 1e-21
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.98 * limit)
    expect(new Set(toArray(b) as unknown as number[])).toEqual(new Set([0]))
  })

  it('takes initialisers of both parameters', () => {
    const [{ w, b }] = dense(100, 100, { initW: heNormal, initB: constant(0.5) }).init(key(1), { dtype: 'f64' })
    expect(new Set(toArray(b) as unknown as number[])).toEqual(new Set([0.5]))
    // variance 2/fan-in; of 10⁴ draws the estimate is within 7 of its standard deviations √(2/n)·σ²
    const v = (toArray(variance(w) as never) as unknown as number) / (2 / 100)
    expect(Math.abs(v - 1)).toBeLessThan(7 * Math.sqrt(2 / 1e4))
  })

  it('has no bias when told so', () => {
    const [p] = dense(2, 3, { bias: false }).init(key(0))
    expect(Object.keys(p)).toEqual(['w'])
    expect(
      said(() => dense(2, 3, { bias: false }).apply([{ ...p, b: p.w }] as never)(zeros([2], { dtype: 'f32' }))).message,
    ).toContain('the parameters are w, found w, b')
  })

  it('has sizes that are whole numbers', () => {
    expect(dense(0, 3).init(key(0))[0].w.shape).toEqual([0, 3])
    for (const n of [-1, 1.5, Number.NaN, Infinity]) {
      const e = said(() => dense(n, 2))
      expect(e).toBeInstanceOf(ValueError)
      expect(e.message).toBe(`dense: fan-in has to be a whole number of at least 0, found ${n}`)
      expect(said(() => dense(2, n)).message).toBe(`dense: fan-out has to be a whole number of at least 0, found ${n}`)
    }
  })
})
