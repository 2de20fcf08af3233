/** The quantile function of the normal distribution, Φ⁻¹. */
import type { Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'

const horner = (x: Tensor, ...coefficients: readonly number[]): Tensor =>
  coefficients.reduceRight<Tensor | number>(
    (acc, c) => b.add(c, typeof acc === 'number' ? b.like(x, acc) : b.mul(x, acc)),
    0,
  ) as Tensor

/** Φ(z) for z ≤ 0, without cancellation: ½ erfc(−z/√2). */
export const lowerTail = (z: Tensor): Tensor => b.mul(0.5, b.erfc(b.mul(z, -Math.SQRT1_2)))

/**
 * Φ⁻¹(p) for 0 < p < 1, f64, accurate to a few ε also where p is tiny: a rational start with error below 4.5e-4 (Abramowitz
 * and Stegun 26.2.23) on the side where p ≤ ½, then two steps of Halley's method, which cubes the error each time.
 */
export const quantile = (p: Tensor): Tensor => {
  const upper = b.less(0.5, p)
  const q = b.select(upper, b.sub(1, p), p)
  const t = b.sqrt(b.mul(-2, b.log(q)))
  const start = b.sub(b.div(horner(t, 2.515517, 0.802853, 0.010328), horner(t, 1, 1.432788, 0.189269, 0.001308)), t)
  // z ← z − u / (1 + z u / 2) with u = (Φ(z) − q) / φ(z); Φ'' / Φ' = −z
  const halley = (z: Tensor): Tensor => {
    const density = b.mul(Math.sqrt(2 * Math.PI), b.exp(b.mul(0.5, b.mul(z, z))))
    const u = b.mul(b.sub(lowerTail(z), q), density)
    return b.sub(z, b.div(u, b.add(1, b.mul(0.5, b.mul(z, u)))))
  }
  const z = halley(halley(start))
  return b.select(upper, b.neg(z), z)
}
