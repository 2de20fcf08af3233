/** Looking at values where they are computed. */
import { ValueError } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import type { Labelled } from './elementwise.js'
import { isOperand, kindOf, lift } from './operand.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Options of `tap`. */
export interface TapOptions {
  /** Where the value goes; the console unless named. */
  readonly print?: ((label: string, value: Tensor) => void) | undefined
}

/** `(label, x) → x`, also data-last. */
export interface Tap {
  (label: string, options?: TapOptions): <X extends Tensor | number>(x: X) => Labelled<X>
  <X extends Tensor | number>(label: string, x: X, options?: TapOptions): Labelled<X>
}

// -------------------------------------------------------------------------------------------------------------- running

const onConsole = (label: string, value: Tensor): void => {
  // biome-ignore lint/suspicious/noConsole: what it is for
  console.log(`${label}:${value.shape.length > 1 ? '\n' : ' '}${String(value)}`)
}

const tapped = (label: unknown, x: unknown, options: TapOptions = {}): Tensor => {
  if (typeof label !== 'string')
    throw new ValueError({
      operation: 'tap',
      problem: `the label has to be a string, found ${isOperand(label) ? 'a value' : kindOf(label)}`,
      hint: "the label comes first: tap('h', x)",
    })
  const { print = onConsole, ...unknown } = options
  const key = Object.keys(unknown)[0]
  if (key !== undefined)
    throw new ValueError({ operation: 'tap', problem: `there is no option '${key}'`, hint: 'options are print' })
  if (typeof print !== 'function')
    throw new ValueError({ operation: 'tap', problem: `print has to be a function, found ${kindOf(print)}` })
  return b.tap(lift('tap', x), { label, print })
}

const isOptions = (x: unknown): boolean => typeof x === 'object' && x !== null && !isOperand(x) && !Array.isArray(x)

/**
 * The value, printed under a label whenever it is computed: `tap('h', x)`, or data-last; ∂x = 1, and derivatives print
 * nothing of their own. Compute with what it returns.
 *
 * Outside of transformations it prints at once, and in a function that is differentiated whenever the function is run.
 * Under `vmap` it prints the whole stack, examples along a new first axis. Inside `jit` it prints each time the compiled
 * function runs: values come out of the compiled program with its results and are printed after it, in the order in which
 * the function computes them (where the program fails, those before the failure are printed). What does not depend on the
 * arguments is known when the function is traced and is printed then. So does a tap inside of the body of `scan`, `fori` or
 * `cond`, in every round and in the branch that is taken; where more than 64 MiB would come out to be printed, the function is
 * not compiled but evaluated step by step, slower, and prints as it goes.
 *
 * `print` takes the label and the value in place of the console, which shows values as NumPy does.
 *
 * @throws ValueError for a label that is no string, and for unknown options
 * @example
 * ```ts
 * import { exp, grad, item, jit, tap, tensor, toArray, type Scalar, type Tensor } from 'lanac'
 * const seen: [string, unknown][] = []
 * const print = (label: string, value: Tensor) => seen.push([label, toArray(value)])
 * const f = jit((x: Scalar) => exp(tap('x', x, { print })))
 * f(0)
 * item(grad(f)(1))
 * assert.deepStrictEqual(seen, [['x', 0], ['x', 1]])
 * ```
 */
export const tap = ((label: unknown, x?: unknown, options?: TapOptions) =>
  x === undefined || isOptions(x)
    ? (y: unknown) => tapped(label, y, (x ?? {}) as TapOptions)
    : tapped(label, x, options)) as Tap
