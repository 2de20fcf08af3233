/** The verbs: functions of trees to functions of trees. */
import * as constant from './constant.js'
import * as control from './control.js'
import * as custom from './custom.js'
import * as explained from './explain.js'
import * as forward from './forward.js'
import * as jacobian from './jacobian.js'
import * as compiled from './jit.js'
import * as reverse from './reverse.js'
import type {
  Cond,
  CustomJvp,
  CustomVjp,
  Fori,
  Grad,
  Hessian,
  Hvp,
  JacobianOf,
  Jit,
  Jvp,
  Linearize,
  Scan,
  StopGradient,
  ValueAndGrad,
  Vjp,
  Vmap,
  WithTarget,
} from './signatures.js'
import type { Explain, Profile } from './signatures-explain.js'
import { verb } from './verb.js'
import * as batched from './vmap.js'

/**
 * The gradient of a scalar function, by default in its first argument: `grad(f)(x)`. Arguments are trees; the gradient
 * has the argument's structure, zeros where nothing depends on it, null at leaves without a derivative.
 *
 * @throws ShapeError when the result is no scalar, DTypeError for an integer argument
 * @example
 * ```ts
 * import { grad, item, mul, sin, type Scalar } from 'lanac'
 * const f = (x: Scalar) => mul(x, sin(x))
 * assert.equal(item(grad(f)(0)), 0)
 * assert.equal(item(grad(grad(f))(0)), 2)
 * ```
 */
export const grad = verb('grad', { options: ['argument', 'aux'] }, reverse.grad as never) as unknown as Grad

/** Value and gradient together: `[f(x), ∇f(x)]`. Options: `argument` chooses arguments, `aux` returns more than the value. */
export const valueAndGrad = verb(
  'valueAndGrad',
  { options: ['argument', 'aux'] },
  reverse.valueAndGrad as never,
) as unknown as ValueAndGrad

/** Value and pullback: `const [y, back] = vjp(f, …args)`, `back(cotangent)` is the list of the arguments' cotangents. */
export const vjp = verb('vjp', {}, reverse.vjp as never) as unknown as Vjp

/** Value and directional derivative: `const [y, dy] = jvp(f, [x], [dx])`. */
export const jvp = verb('jvp', {}, forward.jvp as never) as unknown as Jvp

/** Value and the linear map of tangents at this point, computed once: `const [y, push] = linearize(f, x)`. */
export const linearize = verb('linearize', {}, forward.linearize as never) as unknown as Linearize

/** The Jacobian by columns, forward mode: [...out, …in]. Right for few inputs. */
export const jacfwd = verb(
  'jacfwd',
  { options: ['argument'] },
  jacobian.jacfwd as never,
) as unknown as JacobianOf<'jacfwd'>

/** The Jacobian by rows, reverse mode: [...out, …in]. Right for few outputs. */
export const jacrev = verb(
  'jacrev',
  { options: ['argument'] },
  jacobian.jacrev as never,
) as unknown as JacobianOf<'jacrev'>

/** The Hessian of a scalar function, forward over reverse: [...in, …in]. */
export const hessian = verb('hessian', { options: ['argument'] }, jacobian.hessian as never) as unknown as Hessian

/** The product of the Hessian at x with v, without building it. */
export const hvp = verb('hvp', {}, jacobian.hvp as never) as unknown as Hvp

/**
 * A function of one example as a function of a stack of them: `vmap(f)(xs)`, `vmap(f, { in: [0, null], out: 0 })`.
 *
 * @throws ShapeError when the stacks differ in size
 * @example
 * ```ts
 * import { square, sum, tensor, toArray, vmap } from 'lanac'
 * const a = tensor([[1, 2], [3, 4]])
 * assert.deepStrictEqual(toArray(vmap((x) => sum(square(x)))(a)), [5, 25])
 * ```
 */
export const vmap = verb('vmap', { options: ['in', 'out'] }, batched.vmap as never) as unknown as Vmap

/**
 * The same function, traced once for each structure, shapes and element types of its arguments, simplified and run as a
 * program. Make it once, outside of the loop that calls it: each function that is made is traced anew. Where one is traced
 * again and again for other arguments, a warning on the console says once which of them changed, and how.
 */
export const jit = verb('jit', { options: ['check', 'target', 'threads'] }, compiled.jit as never) as unknown as Jit

/**
 * `jit` for a target: make it once, and pass it to whatever compiles.
 *
 * @throws ValueError for a target that there is not, or that has not been loaded, when a function is given
 * @example
 * ```ts
 * import { item, mul, type Scalar, withTarget } from 'lanac'
 * const compile = withTarget('wasm', { threads: 1 })
 * const square = compile((x: Scalar) => mul(x, x))
 * assert.equal(item(square(3)), 9)
 * ```
 */
export const withTarget = compiled.withTarget as unknown as WithTarget

/**
 * What the engine makes of a function of arguments like these, as a record that prints: the operations that were fused
 * into each kernel, how its loops run, what it computes and moves, where memory lies; the tape, and the program as
 * emitted. A function under `jit` is explained as the one it compiles, for what that was asked to be compiled for.
 *
 * @example
 * ```ts
 * import { explain, exp, mul, sum, zeros } from 'lanac'
 * const e = explain((x) => sum(mul(exp(x), x)))(zeros([100]))
 * assert.deepStrictEqual(e.kernels.map((k) => k.operations), [['exp', 'mul', 'sum']])
 * assert.equal(e.memory.workspace, 0)
 * assert.match(String(e), /3 operations in 1 kernel/)
 * assert.match(e.emitted.js(), /for \(let k0 = 0; k0 < 100; k0\+\+\)/)
 * ```
 */
export const explain = verb(
  'explain',
  { options: ['target', 'threads'] },
  explained.explain as never,
) as unknown as Explain

/**
 * How long a function takes on these arguments, compiled, and each kernel of it; a record that prints as a table. It runs
 * the function again and again, for some ten milliseconds a kernel.
 *
 * @throws ValueError inside a trace, where there are no values
 * @example
 * ```ts
 * import { exp, profile, sum, zeros } from 'lanac'
 * const p = profile((x) => sum(exp(x)))(zeros([100]))
 * assert.deepStrictEqual(p.kernels.map((k) => k.operations), [['exp', 'sum']])
 * assert.match(String(p), /µs a run/)
 * ```
 */
export const profile = verb(
  'profile',
  { options: ['target', 'threads'] },
  explained.profile as never,
) as unknown as Profile

/**
 * The same tree, as a constant: no derivative passes.
 *
 * @example
 * ```ts
 * import { grad, item, mul, stopGradient, type Scalar } from 'lanac'
 * assert.equal(item(grad((x: Scalar) => mul(x, stopGradient(x)))(3)), 3)
 * ```
 */
export const stopGradient = constant.stopGradient as StopGradient

/** A function with its own tangent: the rule takes arguments and tangents, and returns `[result, tangent]`. */
export const customJvp = verb('customJvp', { functions: 2 }, custom.customJvp as never) as unknown as CustomJvp

/** A function with its own pullback: `forward` returns `[result, residuals]`, `backward` the arguments' cotangents. */
export const customVjp = verb('customVjp', { functions: 3 }, custom.customVjp as never) as unknown as CustomVjp

/**
 * One of two functions of the operands: `cond(predicate, onTrue, onFalse, ...operands)`. Where the truth value is known,
 * that branch is called; where it is traced, both are traced, and the one that it says is run. Under `vmap`, where it
 * differs from example to example, both are run and one is selected.
 *
 * @throws DTypeError, ShapeError for a predicate that is no truth value; TreeError, ShapeError, DTypeError when the
 * branches return different structures, shapes or element types
 * @example
 * ```ts
 * import { cond, grad, greater, item, jit, neg, square, type Scalar } from 'lanac'
 * const f = (x: Scalar) => cond(greater(x, 0), (a) => square(a), (a) => neg(a), x)
 * assert.equal(item(jit(f)(-3)), 3)
 * assert.equal(item(grad(f)(3)), 6)
 * ```
 */
export const cond = control.cond as unknown as Cond

/**
 * A function along an axis with a state carried from step to step: `scan((carry, x) => [carry, y], carry, xs)` gives
 * `[carry, ys]`, the last carry and all the ys stacked. The xs are cut along their first axis; without any (null), `length`
 * says how often to run; `reverse` starts at the last. The function is traced once. Reverse mode keeps of every step what
 * its derivative needs.
 *
 * @throws TreeError, ShapeError, DTypeError when the carry changes; ShapeError when the sizes of the xs differ
 * @example
 * ```ts
 * import { add, grad, item, mul, scan, tensor, toArray, type Scalar } from 'lanac'
 * const [last, sums] = scan((total, x) => [add(total, x), add(total, x)], 0, tensor([1, 2, 3]))
 * assert.equal(item(last), 6)
 * assert.deepStrictEqual(toArray(sums), [1, 3, 6])
 * const power = (x: Scalar) => scan((y) => [mul(y, x), null], 1, null, { length: 3 })[0]
 * assert.equal(item(grad(power)(2)), 12)
 * ```
 */
export const scan = control.scan as unknown as Scan

/**
 * A counted loop: the carry after `body(i, carry)` for every i from `from` up to, not including, `to`. The bounds have to
 * be known: inside jit and vmap they cannot depend on what is traced. Reverse mode as for `scan`.
 *
 * @throws ConcretizationError for a bound that is not known, and as `scan`
 * @example
 * ```ts
 * import { fori, grad, item, mul, type Scalar } from 'lanac'
 * const power = (x: Scalar) => fori(0, 5, (_, y) => mul(y, x), 1)
 * assert.equal(item(power(2)), 32)
 * assert.equal(item(grad(power)(2)), 80)
 * ```
 */
export const fori = control.fori as unknown as Fori

export type * from './signatures.js'
export type * from './signatures-explain.js'
