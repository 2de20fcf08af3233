/** Comparing numbers in examples. */
import assert from 'node:assert/strict'
import { type Tensor, toTypedArray } from 'lanac'

const flat = (x: Tensor | number | readonly number[]): readonly number[] =>
  typeof x === 'number' ? [x] : Array.isArray(x) ? x : Array.from(toTypedArray(x as Tensor))

/** Asserts that all numbers of both agree, within a distance (1e-12) or that share of the number. */
export const near = (
  found: Tensor | number | readonly number[],
  expected: Tensor | number | readonly number[],
  tolerance = 1e-12,
): void => {
  const [f, e] = [flat(found), flat(expected)]
  assert.equal(f.length, e.length)
  f.forEach((x, i) => {
    const y = e[i] as number
    const close = Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y))
    assert.ok(close, `element ${i} is ${x}, not ${y}`)
  })
}
