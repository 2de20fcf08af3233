/** The bounds that scale tolerances: what a custom operation computes is rounded as often as if it stood there. */
import { expect, test } from 'vitest'
import { compiled } from '../../laws/compiled.js'
import { jvpOf } from '../../laws/derivative.js'
import { withJvp, withVjp } from '../../laws/random-program.js'
import { agreeOver, type ListFunction, roundingOf } from '../../laws/rounding.js'
import { arrayOf } from '../../laws/sample.js'
import type { Tensor } from '../../src/core/value.js'
import { builder as b } from '../../src/tape/node.js'
import { type Concrete, elementAt } from '../../src/tensor/concrete.js'

/** Its slope is a cosine near a root: what acosh is off by comes out forty times larger. */
const steep: ListFunction = ([x]) => [b.sin(b.acosh(b.add(b.mul(b.sin(x as Tensor), 1.4), 2.6)))]
const x = [arrayOf([3], 'f64', [0, 0, 0])]
const v = [arrayOf([3], 'f64', [0, 0, -0.125])]
const slope =
  (f: ListFunction): ListFunction =>
  (y) =>
    jvpOf(f, y, v) as readonly Tensor[]
const boundOf = (f: ListFunction): number => elementAt(roundingOf(f, x)[0] as Concrete, 2)

test.each([
  ['customJvp', withJvp],
  ['customVjp', withVjp],
])('roundings inside of %s are counted, in its derivative too', (_, wrap) => {
  expect(boundOf(wrap(steep))).toBe(boundOf(steep))
  expect(boundOf(slope(wrap(steep)))).toBeGreaterThan(10 * Math.abs(elementAt(slope(steep)(x)[0] as Concrete, 2)))
  const verdict = agreeOver([x], (y) => compiled(slope(wrap(steep)))(y), slope(wrap(steep)))
  expect(verdict.residual).toBeLessThanOrEqual(verdict.tolerance)
})
