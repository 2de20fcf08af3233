/** The derivative of a function of one number, in every mode, as plain numbers. */
import { grad, item, jit, jvp, type Scalar, squeeze, type Tensor, tensor, vmap } from 'lanac'

/** A function of a scalar. */
export type Function1 = (x: Scalar) => Scalar

const once = (f: Function1, x: Scalar): Tensor<[], 'f64'> => jvp(f, [x], [1])[1] as Tensor<[], 'f64'>
const back = (f: Function1, x: Scalar): Tensor<[], 'f64'> => grad(f as (x: Tensor<[], 'f64'>) => Tensor<[], 'f64'>)(x)

/** f′(x) by forward and reverse mode, eager, compiled and batched. */
export const first = (f: Function1, x: number): Readonly<Record<string, number>> => ({
  forward: item(once(f, x)),
  reverse: item(back(f, x)),
  'compiled forward': item(jit((v: Scalar) => once(f, v))(x)),
  'compiled reverse': item(jit((v: Scalar) => back(f, v))(x)),
  'batched forward': item(squeeze(vmap((v: Tensor<[], 'f64'>) => once(f, v))(tensor([x])))),
  'batched reverse': item(squeeze(vmap((v: Tensor<[], 'f64'>) => back(f, v))(tensor([x])))),
})

/** f″(x) by all four nestings. */
export const second = (f: Function1, x: number): Readonly<Record<string, number>> => ({
  'forward over forward': item(once((v) => once(f, v), x)),
  'forward over reverse': item(once((v) => back(f, v), x)),
  'reverse over forward': item(back((v) => once(f, v), x)),
  'reverse over reverse': item(back((v) => back(f, v), x)),
  compiled: item(jit((v: Scalar) => back((u) => back(f, u), v))(x)),
})

/** The same number in every mode. */
export const everywhere = (modes: Readonly<Record<string, number>>, value: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.keys(modes).map((k) => [k, value]))

/** f′(x) by five-point differences, error O(h⁴). */
export const difference = (f: (x: number) => number, x: number, h = 1e-3): number =>
  (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)
