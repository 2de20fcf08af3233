/** For tests of control flow: nests of verbs that two functions go through, to be held against each other. */
import {
  cos,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  mul,
  type Shape,
  sin,
  square,
  sum,
  type Tensor,
  tensor,
  toArray,
  vjp,
  vmap,
} from 'lanac'
import { expect, it } from 'vitest'

export type T = Tensor<Shape, 'f64'>
export type F = (x: T) => T

const flat = (y: unknown): number[] =>
  typeof y === 'number' ? [y] : Array.isArray(y) ? y.flatMap(flat) : y === null ? [] : flat(toArray(y as Tensor))
export const close = (found: unknown, expected: unknown): void => {
  const [f, e] = [flat(found), flat(expected)]
  expect(f.length).toBe(e.length)
  f.forEach((v, i) => {
    expect(Math.abs(v - (e[i] as number))).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(e[i] as number)))
  })
}

/** Every nest of verbs that a function of one vector goes through, with the same answer for the same function. */
export const modes: Readonly<Record<string, (f: F) => (x: T) => unknown>> = {
  value: (f) => f,
  jit: (f) => jit(f),
  gradient: (f) => grad((x: T) => sum(f(x))),
  'gradient of jit': (f) => grad((x: T) => sum(jit(f)(x))),
  'jit of gradient': (f) => jit(grad((x: T) => sum(f(x)))),
  'jvp of jit': (f) => (x) => jvp(jit(f) as F, [x], [cos(x)])[1],
  jacobians: (f) => (x) => [jacfwd(f)(x), jacrev(f)(x)],
  hessian: (f) => hessian((x: T) => sum(square(f(x)))),
  'gradient of jvp': (f) => grad((x: T) => sum(jvp(f, [x], [cos(x) as T])[1] as T)),
  'jvp of gradient': (f) => (x) => hvp((y: T) => sum(f(y)), x, cos(x) as never),
  'gradient of gradient of gradient': (f) =>
    grad((x: T) => sum(square(grad((y: T) => sum(sin(grad((z: T) => sum(f(z)))(y) as T)))(x) as T))),
  'gradient of vmap': (f) => grad((x: T) => sum(mul(vmap(f)(stack(x)) as T, 2))),
  'vmap of gradient': (f) => (x) => vmap(grad((y: T) => sum(f(y))) as never)(stack(x) as never),
  'jit of vmap of gradient of jit': (f) => (x) =>
    jit((y: T) => vmap(grad((z: T) => sum(jit(f)(z))) as never)(stack(y) as never))(x),
  'vmap of vmap': (f) => (x) => vmap((y: T) => vmap(f)(stack(y)) as T)(stack(x)),
  'vmap of linearize': (f) => (x) => vmap((v: T) => linearize(f, x)[1](v as never) as T)(stack(x)),
  'vmap of pullback': (f) => (x) => vmap((w: T) => vjp(f, x)[1](mul(w, f(x)) as never)[0] as T)(stack(x)),
}

export const stack = (x: T): T => mul(tensor([[1], [0.5], [-0.75]]), x) as T

export const agree = (f: F, g: F, x: T): void => {
  for (const [name, mode] of Object.entries(modes)) it(name, () => close(mode(f)(x), mode(g)(x)))
}

export const x = tensor([0.3, -0.5]) as T
export const w = tensor([
  [0.5, -1],
  [0.75, 0.25],
]) as T
export const numbers = [0.5, -1, 2]
