/** Long programs whose values and derivatives are known, exactly, in closed form. */
import { add, div, mul, sub, type Tensor } from 'lanac'

/** Deep enough that anything recursive runs out of stack. */
export const LENGTH = 100_000

/**
 * x ↦ x² through `n` further operations (a multiple of four) that amount to nothing: 1/(1/y), 2y, y/2. At powers of two
 * they are exact, and so are their derivatives of every order.
 */
export const chain =
  (n: number) =>
  (x: Tensor<[], 'f64'>): Tensor<[], 'f64'> => {
    let y = mul(x, x)
    for (let i = 0; i < n; i += 4) y = mul(mul(div(1, div(1, y)), 2), 0.5)
    return y
  }

/** x ↦ 2ⁿ·x, every step using the one before it twice: there are 2ⁿ paths from the argument to the result. */
export const doubling =
  (n: number) =>
  (x: Tensor<[], 'f64'>): Tensor<[], 'f64'> => {
    let y = x
    for (let i = 0; i < n; i++) y = add(y, y)
    return y
  }

/** x ↦ x through `n` steps that read the one before four times and are not linear in it: (3y − 2y)·y/y. */
export const sharing =
  (n: number) =>
  (x: Tensor<[], 'f64'>): Tensor<[], 'f64'> => {
    let y: Tensor<[], 'f64'> = x
    for (let i = 0; i < n; i++) y = div(mul(sub(mul(y, 3), mul(y, 2)), y), y)
    return y
  }
