import { describe, expect, it } from 'vitest'
import { TWOFOLD, TWOFOLD2, type Twofold, ulpsOf } from '../../../bench/accuracy/double-double.js'
import { abs, add, div, exponentOf, near, parse, real, sub, ulps } from '../../../bench/accuracy/real.js'
import { atan2, pow, REFERENCE, REFERENCE2 } from '../../../bench/accuracy/reference.js'
import { sample, samplePair } from '../../../bench/accuracy/samples.js'
import { KNOWN } from './known.js'

/** Bits that agree. */
const agreement = (x: ReturnType<typeof real>, y: ReturnType<typeof real>): number => {
  const d = sub(x, y)
  return d.m === 0n ? 1000 : -exponentOf(div(d, y))
}

describe('the reference of the accuracy measurements', () => {
  for (const [name, rows] of Object.entries(KNOWN))
    it(`${name} agrees with values from elsewhere to 90 bits`, () => {
      for (const [x, text] of rows) {
        const y = (REFERENCE[name] as (x: ReturnType<typeof real>) => ReturnType<typeof real>)(real(x))
        expect(agreement(y, parse(text)), `${name}(${x})`).toBeGreaterThan(90)
      }
    })

  it('pow and atan2 agree with closed forms', () => {
    expect(agreement(pow(real(3), real(40)), real(3 ** 20 * 3 ** 13 * 3 ** 7))).toBeGreaterThan(50)
    expect(agreement(pow(real(2), real(0.5)), parse('1.41421356237309504880168872420969807857'))).toBeGreaterThan(110)
    expect(agreement(atan2(real(1), real(-1)), parse('2.35619449019234492884698253745962716315'))).toBeGreaterThan(110)
    expect(agreement(atan2(real(-1), real(-1)), parse('-2.35619449019234492884698253745962716315'))).toBeGreaterThan(
      110,
    )
  })

  it('counts units in the last place', () => {
    expect(ulps(1, real(1))).toBe(0)
    expect(ulps(1 + 2 ** -52, real(1))).toBe(1)
    expect(ulps(1, real(1 + 2 ** -51))).toBe(2)
    expect(ulps(5e-324, real(0))).toBe(1)
    expect(ulps(Infinity, parse('1.8e308'))).toBe(0)
    expect(ulps(Infinity, parse('1.7e308'))).toBe(Infinity)
    expect(ulps(-Infinity, parse('1.8e308'))).toBe(Infinity)
    expect(ulps(Number.NaN, real(1))).toBe(Infinity)
    expect(ulps(1, parse('1.00000005960464477539'), 24)).toBeCloseTo(0.5, 6)
    expect(near(abs(parse('-1.25e-3')))).toBe(0.00125)
  })
})

/** A sum of two doubles agrees with the reference to so many bits; it may decline to say. */
const bitsOf = (y: Twofold | null, exact: () => ReturnType<typeof real>): number =>
  y === null ? 1000 : agreement(add(real(y.h), real(y.l)), exact())

describe('the reference in two doubles', () => {
  for (const [name, f] of Object.entries(TWOFOLD))
    it(`${name} agrees with the one of 160 bits to 80 bits, and answers most of the time`, () => {
      const xs = Array.from({ length: 300 }, () => sample(name, Math.random))
      let answers = 0
      for (const x of xs) {
        const y = f(x)
        if (y === null) continue
        answers++
        expect(
          bitsOf(y, () => (REFERENCE[name] as (x: ReturnType<typeof real>) => ReturnType<typeof real>)(real(x))),
          `${name}(${x})`,
        ).toBeGreaterThan(80)
      }
      expect(answers).toBeGreaterThan(100)
    })

  for (const [name, f] of Object.entries(TWOFOLD2))
    it(`${name} agrees with the one of 160 bits to 80 bits, and answers most of the time`, () => {
      const pairs = Array.from({ length: 300 }, () => samplePair(name, Math.random))
      let answers = 0
      for (const [x, y] of pairs) {
        const z = f(x, y)
        if (z === null) continue
        answers++
        const exact = REFERENCE2[name] as (
          x: ReturnType<typeof real>,
          y: ReturnType<typeof real>,
        ) => ReturnType<typeof real>
        expect(
          bitsOf(z, () => exact(real(x), real(y))),
          `${name}(${x}, ${y})`,
        ).toBeGreaterThan(80)
      }
      expect(answers).toBeGreaterThan(100)
    })

  it('counts units in the last place', () => {
    expect(ulpsOf(1, { h: 1, l: 0 })).toBe(0)
    expect(ulpsOf(1 + 2 ** -52, { h: 1, l: 2 ** -54 })).toBe(0.75)
    expect(ulpsOf(-3, { h: -3, l: 2 ** -53 })).toBe(0.25)
    // below a power of two the units are half as large
    expect(ulpsOf(1, { h: 1, l: -(2 ** -54) })).toBe(0.5)
    expect(ulpsOf(-1, { h: -1, l: 2 ** -54 })).toBe(0.5)
  })
})
