/** JS operators on tensors: where they would give a wrong number they are refused. */
import { ConcretizationError, ShapeError, tensor, ValueError } from 'lanac'
import { describe, expect, it } from 'vitest'
import { call, loose, refuses } from './refuses.js'

const { full, grad, mul, sum } = loose
const a = tensor([1, 2, 3])

describe('JS operators, which a trace cannot see', () => {
  type Js = number
  const traced =
    'operator: a JS operator or Math function was given a value traced by grad; use words that take tensors: add, mul, exp, greater, …; item(x) is the number where it is known'
  refuses(
    'a product',
    () =>
      call(
        grad((x: Js) => x * x),
        2,
      ),
    ConcretizationError,
    traced,
  )
  refuses(
    'a sum',
    () =>
      call(
        grad((x: Js) => x + 1),
        2,
      ),
    ConcretizationError,
    traced,
  )
  refuses(
    'a comparison',
    () =>
      call(
        grad((x: Js) => (x > 0 ? x : mul(x, -1))),
        2,
      ),
    ConcretizationError,
    traced,
  )
  refuses(
    'a Math function',
    () =>
      call(
        grad((x: Js) => Math.exp(x)),
        2,
      ),
    ConcretizationError,
    traced,
  )
  refuses(
    'a constant made of it',
    () =>
      call(
        grad((x: unknown) => sum(full([2], x))),
        2,
      ),
    ConcretizationError,
    traced,
  )
  refuses(
    'a tensor made of it',
    () =>
      call(
        grad((x: unknown) => sum(loose.tensor([1, x]))),
        2,
      ),
    ShapeError,
    'tensor: expected a number, found an object (at [1]); put tensors together with stack or concat',
  )
  refuses(
    'more than one element',
    () => -(a as never as Js),
    ValueError,
    'operator: a JS operator or Math function was given a tensor of shape [3]; use words that take tensors: add, mul, exp, greater, …',
  )
  it('one element in memory is a number, and everything has a text', () => {
    expect((tensor(2) as never as Js) * 3).toBe(6)
    expect((tensor([2]) as never as Js) < 3).toBe(true)
    expect(`${tensor([1, 2])} ${tensor(2)}`).toBe('[1. 2.] 2.0')
    expect(`loss ${tensor(0.5) as never as Js}, ${a}`).toBe('loss 0.5, [1. 2. 3.]')
    call(
      grad((x: unknown) => {
        expect(`${x}`).toBe('symbolic f64[] of grad')
        return x
      }),
      2,
    )
  })
})
