/**
 * Laws of derivatives at a point: what jvp, vjp, finite differences and second derivatives have to do with each other,
 * whatever the function. Primitives, programs, custom rules and the functions of users are all held to these.
 */
import { backward } from '../src/adjoint/backward.js'
import { type Linearized, linearize } from '../src/adjoint/linearize.js'
import { type Float, isFloat, type Tensor } from '../src/core/value.js'
import type { Opt } from '../src/primitive/record.js'
import { run } from '../src/tape/fold.js'
import { builder } from '../src/tape/node.js'
import { inline, type Program } from '../src/tape/program.js'
import { abstractly, traceLeaves } from '../src/tape/trace.js'
import { sizeOf } from '../src/tensor/shape.js'
import * as forward from '../src/transform/forward.js'
import * as reverse from '../src/transform/reverse.js'
import { agreed, all, close, decimal, holds, type Law, labelled, law, magnitude, type Verdict } from './law.js'
import { agree, agreeOver, type ListFunction, magnitudes, precisionOf, roundingOf } from './rounding.js'
import { numbers } from './sample.js'
import { tolerance } from './tolerance.js'
import { programsIn } from './unrolled.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A function at a point, with directions to differentiate in and weights of its results. */
export interface Point {
  readonly f: ListFunction
  readonly x: readonly Tensor[]
  /** Tangents of the arguments; null where there is no derivative. */
  readonly v: readonly Opt[]
  readonly u: readonly Opt[]
  /** Cotangents of the results; null where there is no derivative. */
  readonly w: readonly Opt[]
  readonly z: readonly Opt[]
  readonly factors: readonly [number, number]
  /** How far the point is from the nearest singularity; absent where that is not known. */
  readonly distance?: number
  /** The rule is by intent not the derivative. */
  readonly notDerivative?: boolean
}

type Values = readonly Tensor[]

// --------------------------------------------------------------------------------------------------------------- verbs

/** J v, by forward mode; null where there is no derivative. */
export const jvpOf = (f: ListFunction, x: Values, v: readonly Opt[]): readonly Opt[] =>
  forward.jvp(((...xs: Tensor[]) => f(xs)) as never, x, v)[1] as readonly Opt[]

/** Jᵀ w, by reverse mode; null where there is no derivative. */
export const vjpOf = (f: ListFunction, x: Values, w: readonly Opt[]): readonly Opt[] =>
  reverse.vjp(((...xs: Tensor[]) => f(xs)) as never, ...x)[1](w) as readonly Opt[]

const floatsOf = (list: readonly Opt[]): Tensor[] => values(list).filter((t) => isFloat(t.dtype))

const values = (list: readonly Opt[]): Tensor[] => list.filter((t) => t !== null)

/** The function of some arguments only; the others are held where they are. */
const restricted = (p: Point, chosen: readonly number[]): Point => ({
  ...p,
  f: (xs) => {
    const full = [...p.x]
    chosen.forEach((i, k) => {
      full[i] = xs[k] as Tensor
    })
    return p.f(full)
  },
  x: chosen.map((i) => p.x[i] as Tensor),
  v: chosen.map((i) => p.v[i] as Tensor),
  u: chosen.map((i) => p.u[i] as Tensor),
})

/** All differentiable arguments together, and each by itself. */
export const everyArgument = (p: Point): readonly Point[] => {
  const floats = p.x.flatMap((x, i) => (isFloat(x.dtype) ? [i] : []))
  if (floats.length === 0 || !p.w.some((w) => w !== null)) return []
  return [restricted(p, floats), ...(floats.length > 1 ? floats.map((i) => restricted(p, [i])) : [])]
}

const inEveryArgument =
  (check: (p: Point) => Verdict) =>
  (p: Point): Verdict =>
    all(
      everyArgument(p).map((q, i) => labelled(() => (i === 0 ? 'in all arguments' : `in argument ${i - 1}`), check(q))),
    )

/** Linear maps at a point: tangents to tangents, and cotangents to cotangents. */
interface Linear {
  readonly at: Linearized
  readonly transposed: Program
}

const linearAt = (p: Point): Linear => {
  const program = traceLeaves(p.f, p.x.map(abstractly), { name: 'laws', known: p.x })
  const at = linearize(program, p.x)
  const transposed = traceLeaves(
    (w) => {
      let next = 0
      const ct = at.outputs.map((y) => (isFloat(y.dtype) ? (w[next++] as Tensor) : null))
      return backward(at.linear, ct).map((c, i) => c ?? builder.like(p.x[i] as Tensor, 0))
    },
    at.outputs.filter((y) => isFloat(y.dtype)).map(abstractly),
    { name: 'laws' },
  )
  return { at, transposed }
}

const abs = (x: Tensor): Tensor => builder.abs(x)
const count = (xs: Values): number => xs.reduce((n, x) => n + sizeOf(x.shape), 0)
const coarsestOf = (p: Point): Float => precisionOf(p.f, p.x)

/** ⟨a, b⟩ over the places where both are. */
export const inner = (a: readonly Opt[], b: readonly Opt[]): number =>
  a.reduce((total, t, i) => {
    const s = b[i]
    if (t == null || s == null) return total
    const q = numbers(s)
    return numbers(t).reduce((sum, v, k) => sum + v * (q[k] as number), total)
  }, 0)

// ------------------------------------------------------------------------------------------------------- first derivatives

/** The value that comes with a derivative. */
const sameValue = inEveryArgument((p) => {
  const f = (...xs: Tensor[]): readonly Tensor[] => p.f(xs)
  return all([
    labelled(
      () => 'with jvp',
      agree((x) => forward.jvp(f as never, x, p.v)[0] as Values, p.f, p.x),
    ),
    labelled(
      () => 'with vjp',
      agree((x) => reverse.vjp(f as never, ...x)[0] as Values, p.f, p.x),
    ),
  ])
})

const adjointness = inEveryArgument((p) => {
  const left = inner(p.w, jvpOf(p.f, p.x, p.v))
  const right = inner(vjpOf(p.f, p.x, p.w), p.v)
  if (left === right) return agreed
  const { at } = linearAt(p)
  const reach = magnitudes(at.linear, values(p.v).map(abs))
  const n = count(values(p.v)) + count(values(p.w))
  const scale =
    n *
    inner(
      p.w.map((w) => (w === null ? null : abs(w))),
      reach,
    )
  return close(left, right, { tolerance: tolerance(coarsestOf(p), 'adjoint'), scale })
})

const scaled = (a: number, x: Opt): Opt => (x === null ? null : builder.mul(x, a))
const plus = (x: Opt, y: Opt): Opt => builder.plus(x, y)
const mix = ([a, b]: readonly [number, number], x: readonly Opt[], y: readonly Opt[]): readonly Opt[] =>
  x.map((t, i) => plus(scaled(a, t), scaled(b, y[i] as Opt)))

/** A map and its linear program: additive and homogeneous within rounding. */
const linearity = (
  p: Point,
  map: (t: readonly Opt[]) => readonly Opt[],
  program: () => Program,
  x: readonly Opt[],
  y: readonly Opt[],
): Verdict => {
  const left = map(mix(p.factors, x, y))
  const right = mix(p.factors, map(x), map(y))
  if (holds(close(left, right, { tolerance: tolerance('f64', 'linear'), scale: 'element' }))) return agreed
  const t = tolerance(coarsestOf(p), 'linear')
  const [a, b] = p.factors.map(Math.abs) as [number, number]
  const size = (list: readonly Opt[]): Tensor[] => values(list).map(abs)
  const reach = floatsOf(magnitudes(program(), values(mix([a, b], size(x), size(y)))))
  const n = count(values(x))
  let next = 0
  return close(left, right, {
    tolerance: t,
    scale: left.map((l) => (l !== null && isFloat(l.dtype) ? scaled(n, reach[next++] as Tensor) : null)),
  })
}

const tangentLinear = inEveryArgument((p) =>
  linearity(
    p,
    (t) => jvpOf(p.f, p.x, t),
    () => linearAt(p).at.linear,
    p.v,
    p.u,
  ),
)

const cotangentLinear = inEveryArgument((p) =>
  linearity(
    p,
    (t) => vjpOf(p.f, p.x, t),
    () => linearAt(p).transposed,
    p.w,
    p.z,
  ),
)

const atOnce = inEveryArgument((p) => {
  const left = jvpOf(p.f, p.x, p.v)
  const { at } = linearAt(p)
  const right = run(at.linear, values(p.v))
  return sameMap(p, left, right, at.linear, values(p.v))
})

/** Two runs of one linear map: they differ by rounding of its terms only. */
const sameMap = (p: Point, left: readonly Opt[], right: readonly Opt[], program: Program, v: Values): Verdict => {
  const [l, r] = [floatsOf(left), floatsOf(right)]
  if (holds(close(l, r, { tolerance: tolerance('f64', 'linear'), scale: 'element' }))) return agreed
  const reach = floatsOf(magnitudes(program, v.map(abs))).map((m) => builder.mul(m, count(v)))
  return close(l, r, { tolerance: tolerance(coarsestOf(p), 'linear'), scale: reach })
}

const twice = inEveryArgument((p) => {
  const { at, transposed } = linearAt(p)
  const v = values(p.v)
  const back = backward(transposed, v)
  const floats = at.outputs.filter((y) => isFloat(y.dtype))
  const left = back.map((c, i) => c ?? builder.like(floats[i] as Tensor, 0))
  const right = run(at.linear, v)
  return sameMap(p, left, right, at.linear, v)
})

// --------------------------------------------------------------------------------------------------- finite differences

/** Step sizes as parts of the distance to the nearest singularity, and the factors by which they are tried. */
const STEP = 1e-3
const TRIES = [1, 1 / 8, 1 / 64, 1 / 512]

/**
 * Whether nothing in a function is by intent not the derivative of what it computes. (In a rule for a derivative it may
 * stand: a factor that cancels.)
 */
const isFaithful = (p: Point): boolean =>
  p.notDerivative !== true && isFaithfulProgram(traceLeaves(p.f, p.x.map(abstractly), { name: 'laws', known: p.x }))

const isFaithfulProgram = (p: Program): boolean => {
  const { primitives, params } = inline(p)
  return primitives.every(
    (e, k) => e.samples.notDerivative !== true && programsIn(e, params[k]).every(isFaithfulProgram),
  )
}

const differences = (p: Point): Verdict => {
  if (coarsestOf(p) === 'f32') return agreed
  const v = p.v as Values
  const size = magnitude(v)
  if (size === 0) return agreed
  const at = (s: number): Tensor[] => floatsOf(p.f(p.x.map((t, i) => builder.add(t, builder.mul(v[i] as Tensor, s)))))
  const slope = (h: number): Tensor[] => {
    const [a, b, c, d] = [at(-2 * h), at(-h), at(h), at(2 * h)]
    return a.map((_, i) =>
      builder.mul(
        builder.add(
          builder.sub(a[i] as Tensor, d[i] as Tensor),
          builder.mul(builder.sub(c[i] as Tensor, b[i] as Tensor), 8),
        ),
        1 / (12 * h),
      ),
    )
  }
  const right = values(jvpOf(p.f, p.x, p.v))
  const rounding = values(roundingOf(p.f, p.x))
  const { at: linearized } = linearAt(p)
  const reach = magnitudes(linearized.linear, v.map(abs)).filter((_, i) =>
    isFloat((linearized.outputs[i] as Tensor).dtype),
  )
  const n = count(v)
  const verdicts: Verdict[] = []
  for (const factor of p.distance === undefined ? TRIES : [1]) {
    const h = (STEP * factor * (p.distance ?? 1)) / size
    const left = slope(h)
    const coarse = slope(2 * h)
    // what halving the step changes bounds the truncation; the rest is the rounding of f, divided by the step, at x and
    // at the step from it
    const t = tolerance('f64', 'difference')
    const scale = left.map((l, i) =>
      builder.add(
        builder.mul(abs(builder.sub(l, coarse[i] as Tensor)), 1 / t),
        builder.add(builder.mul(rounding[i] as Tensor, 1 / h), builder.mul(reach[i] as Tensor, 2 * n)),
      ),
    )
    const verdict = close(left, right, { tolerance: t, scale })
    if (verdict.residual <= verdict.tolerance) return smooth(p, left, coarse, around(p, at, size), verdict)
    verdicts.push(verdict)
  }
  return verdicts.at(-1) as Verdict
}

/** How large a function is half way to its nearest singularity. */
const around = (p: Point, at: (s: number) => Values, size: number): number => {
  const half = (p.distance ?? 0) / (2 * size)
  return Math.max(magnitude(at(half)), magnitude(at(-half)))
}

/**
 * At a known distance R from every singularity halving the step changes next to nothing: else the samples are wrong. Where
 * |f| ≤ M within R/2, |f⁽⁵⁾| ≤ 5!·M·(2/R)⁵ (Cauchy), and the change, 15·h⁴|f⁽⁵⁾|/30, is below 2e-9·M/R for h = R/1000.
 */
const smooth = (p: Point, left: Values, coarse: Values, largest: number, verdict: Verdict): Verdict => {
  if (p.distance === undefined) return verdict
  const apart = magnitude(left.map((l, i) => builder.sub(l, coarse[i] as Tensor)))
  const scale = (largest + magnitude(left)) / p.distance
  return apart <= tolerance('f64', 'truncation') * scale
    ? verdict
    : {
        residual: apart / scale,
        tolerance: tolerance('f64', 'truncation'),
        witness: () => `not smooth here: halving the step changes the difference quotient by ${decimal(apart)}`,
      }
}

// ----------------------------------------------------------------------------------------------------- second derivatives

const dot = (a: readonly Opt[], b: readonly Opt[]): Tensor => {
  let total: Opt = null
  a.forEach((x, i) => {
    const y = b[i]
    if (x === null || y == null) return
    const term = builder.mul(x, y)
    const flat = builder.sum(
      term,
      term.shape.map((_, k) => k),
    )
    total = builder.plus(total, builder.convert(flat, 'f64'))
  })
  return total ?? builder.full([], 'f64', 0)
}

/** The gradient of ⟨w, f⟩, by reverse mode. */
const gradient = (f: ListFunction, x: Values, w: Values): Values => vjpOf(f, x, w) as Values

const ONE: Tensor = builder.full([], 'f64', 1)

/** H v three ways, where H is the second derivative of ⟨w, f⟩. */
type Second = (f: ListFunction, x: Values, w: Values, v: Values) => Values
const forwardOverReverse: Second = (f, x, w, v) => jvpOf((y) => gradient(f, y, w), x, v) as Values
const reverseOverForward: Second = (f, x, w, v) => vjpOf((y) => [dot(w, jvpOf(f, y, v))], x, [ONE]) as Values
const reverseOverReverse: Second = (f, x, w, v) => vjpOf((y) => [dot(gradient(f, y, w), v)], x, [ONE]) as Values

/** The differentiable results of a function. */
export const floatsOnly =
  (f: ListFunction): ListFunction =>
  (x) =>
    f(x).filter((y) => isFloat(y.dtype))

const secondOrder = (p: Point): Verdict => {
  const q = everyArgument(p)[0]
  if (q === undefined) return agreed
  const f = floatsOnly(q.f)
  const groups = [q.x, values(q.w), values(q.v)] as const
  const by =
    (second: Second) =>
    (x: Values, w: Values, v: Values): Values =>
      second(f, x, w, v)
  return all([
    labelled(() => 'reverse over forward', agreeOver(groups, by(forwardOverReverse), by(reverseOverForward))),
    labelled(() => 'reverse over reverse', agreeOver(groups, by(forwardOverReverse), by(reverseOverReverse))),
  ])
}

const symmetry = (p: Point): Verdict => {
  const q = everyArgument(p)[0]
  if (q === undefined) return agreed
  const f = floatsOnly(q.f)
  const form = (x: Values, w: Values, v: Values, u: Values): Values => [dot(u, forwardOverReverse(f, x, w, v))]
  return agreeOver([q.x, values(q.w), values(q.v), values(q.u)], form, (x, w, v, u) => form(x, w, u, v))
}

// ---------------------------------------------------------------------------------------------------------------- laws

/** The laws of first derivatives. */
export const firstOrder: readonly Law<Point>[] = [
  law('primal values', 'the value that jvp and vjp give is f(x)', sameValue),
  law('adjointness', '⟨w, J v⟩ = ⟨Jᵀ w, v⟩', adjointness),
  law('jvp is linear', 'J(αv + βu) = α J v + β J u', tangentLinear),
  law('vjp is linear', 'Jᵀ(αw + βz) = α Jᵀ w + β Jᵀ z', cotangentLinear),
  law('linearize is jvp', 'linearize(f, x)(v) = J v', atOnce),
  law('transposing twice', '(Lᵀ)ᵀ = L', twice),
  law(
    'finite differences',
    '(f(x−2hv) − 8f(x−hv) + 8f(x+hv) − f(x+2hv)) / 12h → J v',
    inEveryArgument((p) => (isFaithful(p) ? differences(p) : agreed)),
  ),
]

/** The derivative of x ↦ J(x) u along v, against finite differences of it. */
const secondDifferences = (p: Point): Verdict => {
  const q = everyArgument(p)[0]
  if (q === undefined || !isFaithful(q)) return agreed
  const f = floatsOnly(q.f)
  return differences({ ...q, f: (x) => values(jvpOf(f, x, q.u)) })
}

/** The laws of second derivatives. */
export const secondOrderLaws: readonly Law<Point>[] = [
  law('second differences', 'finite differences of x ↦ J(x) u along v → D(J u) v', secondDifferences),
  law('Hessian–vector products', 'forward over reverse = reverse over forward = reverse over reverse', secondOrder),
  law('symmetry', 'uᵀ H v = vᵀ H u', symmetry),
]

/** The laws of derivatives. */
export const derivativeLaws: readonly Law<Point>[] = [...firstOrder, ...secondOrderLaws]
