import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Lane, LaneType } from '../../src/core/lane.js'
import * as L from '../../src/core/lane.js'
import { HELPERS, lanesText } from '../../src/engine/js/lanes.js'
import { erf, lgamma, polygamma } from '../../src/primitive/special.js'
import { evaluate, grow, hasNaNBits, INPUTS, inputBits, isNaNBits, toBits, toFloat, width } from './expression.js'

/** Roots as a function of the inputs' values. */
const compile = (
  roots: readonly Lane[],
): ((...inputs: readonly (number | boolean)[]) => readonly (number | boolean)[]) => {
  let names = 0
  const { statements, values } = lanesText(
    roots,
    (lane) => `x${lane.data}`,
    () => `v${names++}`,
  )
  const make = new Function(
    ...Object.keys(HELPERS),
    `return (${INPUTS.map((_, i) => `x${i}`).join(', ')}) => { ${statements.join('; ')}; return [${values.join(', ')}] }`,
  ) as (...helpers: readonly unknown[]) => (...inputs: readonly (number | boolean)[]) => readonly (number | boolean)[]
  return make(...Object.values(HELPERS))
}

const valueOf = (type: LaneType, b: bigint): number | boolean =>
  type.startsWith('m') ? b !== 0n : type === 'i32' ? Number(BigInt.asIntN(32, b)) : toFloat(type, b)

const bitsOf = (type: LaneType, x: number | boolean): bigint =>
  typeof x === 'boolean'
    ? BigInt.asUintN(width(type), x ? -1n : 0n)
    : type === 'i32'
      ? BigInt.asUintN(32, BigInt(x))
      : toBits(type, x)

const choice = fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000))

/** What JavaScript has no words for: the bits of doubles. */
const hasDoubleBits = (lanes: readonly Lane[]): boolean =>
  lanes.some(
    (l) =>
      (['and', 'or', 'xor', 'andNot', 'not'].includes(l.op) && l.type === 'f64') ||
      (l.op === 'bits' && l.type.endsWith('64') && l.type !== l.args[0]?.type),
  )

describe('lanes as JavaScript', () => {
  it('computes random expressions as the reference does', () => {
    fc.assert(
      fc.property(fc.array(choice, { minLength: 1, maxLength: 30 }), fc.nat(1000), (choices, seed) => {
        const lanes = grow(choices, ['f32', 'i32', 'm32', 'f64', 'm64'])
        if (hasNaNBits(lanes) || hasDoubleBits(lanes)) return
        const roots = lanes.slice(-3)
        const run = compile(roots)
        const columns = INPUTS.map((t, i) => inputBits(t, seed + 31 * i))
        for (let k = 0; k < 4; k++) {
          const inputs = columns.map((c) => c[k] as bigint)
          const values = run(...inputs.map((b, i) => valueOf(INPUTS[i] as LaneType, b)))
          roots.forEach((root, i) => {
            const want = evaluate(root, inputs)
            const got = bitsOf(root.type, values[i] as number | boolean)
            if (isNaNBits(root.type, want) && isNaNBits(root.type, got)) return
            expect(`${root.op} ${root.type} ${got.toString(16)}`).toBe(`${root.op} ${root.type} ${want.toString(16)}`)
          })
        }
      }),
      { numRuns: 500 },
    )
  })

  it('calls Math and the reference functions', () => {
    const x = L.source('f64', 0)
    const [y, z, w, p] = compile([
      L.call('erf', x),
      L.binary('add', L.call('lgamma', x), L.call('exp', x)),
      L.call('log', L.convert(x, 'f32')),
      L.call('polygamma2', x),
    ])(0.75)
    expect(y).toBe(erf(0.75))
    expect(z).toBe(lgamma(0.75) + Math.exp(0.75))
    expect(w).toBe(Math.fround(Math.log(0.75)))
    expect(p).toBe(polygamma(2, 0.75))
  })

  it('computes what is shared once, and takes long chains', () => {
    const x = L.source('f64', 0)
    let y: Lane = x
    for (let i = 0; i < 10_000; i++) y = L.binary('add', y, i % 2 === 0 ? x : L.constant('f64', -1))
    expect(compile([y])(3)).toEqual([3 + 5000 * 2])
    const square = L.binary('mul', x, x)
    const { statements } = lanesText(
      [L.binary('add', square, square)],
      () => 'x',
      () => 'v',
    )
    expect(statements).toEqual(['const v = (x * x)'])
  })

  it('refuses the bits of doubles', () => {
    expect(() => compile([L.bits(L.source('f64', 0), 'i64')])).toThrow(/64 bits/)
  })
})
