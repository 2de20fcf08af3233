/**
 * The thin layer over fast-check: laws and where their samples come from become properties, so that any test runner
 * holds anything to them with `fc.assert(suite)`.
 */
import * as fc from 'fast-check'
import { holds, type Law, type Verdict } from './law.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Laws about samples of one kind, and where these come from. */
export interface Part {
  readonly samples: fc.Arbitrary<unknown>
  readonly laws: readonly Law<never>[]
}

/** One law of a suite as a property of its own, for runners that make a test of each. */
export interface LawProperty {
  readonly name: string
  readonly property: fc.IPropertyWithHooks<[unknown]>
}

/**
 * Laws of one thing. It is itself a fast-check property: one run draws one sample for each kind and checks every law of
 * it. `laws` has them one by one.
 */
export interface Suite extends fc.IPropertyWithHooks<[readonly unknown[]]> {
  readonly name: string
  readonly parts: readonly Part[]
  readonly laws: readonly LawProperty[]
}

/** A law did not hold. The message names the law, its equation and both sides; fast-check adds the shrunk sample. */
export class LawError extends Error {
  override readonly name: string = 'LawError'
  readonly law: string
  readonly equation: string
  readonly verdict: Verdict
  constructor(subject: string, l: Law<never>, verdict: Verdict) {
    const { residual, tolerance } = verdict
    const by = Number.isFinite(residual) ? `residual ${residual.toPrecision(3)}, ` : ''
    super(
      `${subject}: ${l.name} does not hold: ${l.equation}\n${verdict.witness()}\n${by}tolerance ${tolerance.toPrecision(3)}`,
    )
    this.law = l.name
    this.equation = l.equation
    this.verdict = verdict
  }
}

// --------------------------------------------------------------------------------------------------------- constructors

/** Laws and the samples they are about. */
export const given = <A>(samples: fc.Arbitrary<A>, ...laws: readonly Law<A>[]): Part => ({
  samples,
  laws: laws as readonly Law<never>[],
})

/** Checks a law at a sample. @throws LawError when it does not hold; what the check throws, with the law's name */
export const check = <A>(subject: string, l: Law<A>, sample: A): void => {
  let verdict: Verdict
  try {
    verdict = l.check(sample)
  } catch (e) {
    throw new Error(`${subject}: ${l.name}: ${l.equation}\n${e instanceof Error ? e.message : String(e)}`, { cause: e })
  }
  if (!holds(verdict)) throw new LawError(subject, l as Law<never>, verdict)
}

/**
 * A suite, of parts and of other suites; the laws of a suite inside go by its name and theirs.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import { mul, tensor } from 'lanac'
 * import * as fc from 'fast-check'
 * const one = Laws.law('one is neutral', '1 · x = x', (x: number) => Laws.exact(mul(1, tensor([x])), tensor([x])))
 * const suite = Laws.suite('mul', Laws.given(fc.double(), one))
 * fc.assert(suite)
 * assert.deepStrictEqual(suite.laws.map((l) => l.name), ['one is neutral'])
 * ```
 */
export const suite = (name: string, ...of: readonly (Part | Suite)[]): Suite => {
  const parts = of.flatMap((p): readonly Part[] =>
    'parts' in p ? p.parts.map((q) => ({ samples: q.samples, laws: q.laws.map(under(p.name)) })) : [p],
  )
  const whole = fc.property(fc.tuple(...parts.map((p) => p.samples)), (samples) => {
    parts.forEach((p, i) => {
      for (const l of p.laws) check(name, l, samples[i] as never)
    })
  })
  const laws = parts.flatMap((p) =>
    p.laws.map((l) => ({
      name: l.name,
      property: fc.property(p.samples, (sample) => check(name, l, sample as never)),
    })),
  )
  return Object.assign(whole, { name, parts, laws })
}

const under =
  (name: string) =>
  (l: Law<never>): Law<never> => ({ ...l, name: `${name}: ${l.name}` })
