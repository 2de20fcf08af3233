/** What custom rules may not do, and what they are told. */
import { LinearityError, ScopeError, ShapeError, TreeError, tensor } from 'lanac'
import { describe } from 'vitest'
import { call, loose, refuses } from './refuses.js'

const { add, customJvp, customVjp, exp, grad, jit, jvp, less, mul, square, sum, where } = loose
const a = tensor([1, 2, 3])

describe('custom rules', () => {
  const captures = (operation: string): string =>
    `${operation}: the function or its rule captures a traced value; pass it as an argument, so that its derivative is not lost`
  const within = (f: (w: unknown) => unknown): unknown =>
    call(
      grad((w: unknown) => sum(f(w))),
      a,
    )
  const double = (x: unknown) => mul(x, 2)
  refuses(
    'a function that captures a traced value',
    () =>
      within((w) =>
        call(
          customJvp(
            (x: unknown) => mul(x, w),
            ([x]: unknown[], [t]: unknown[]) => [x, t],
          ),
          a,
        ),
      ),
    ScopeError,
    captures('customJvp'),
  )
  refuses(
    'a jvp rule that captures a traced value',
    () =>
      within((w) =>
        call(
          customJvp(double, ([x]: unknown[], [t]: unknown[]) => [double(x), mul(t, w)]),
          w,
        ),
      ),
    ScopeError,
    captures('customJvp'),
  )
  refuses(
    'a forward function that captures a traced value',
    () =>
      within((w) =>
        call(
          customVjp(
            double,
            (x: unknown) => [double(x), w],
            (_: unknown, c: unknown) => [c],
          ),
          w,
        ),
      ),
    ScopeError,
    captures('customVjp'),
  )
  refuses(
    'a backward function that captures a traced value',
    () =>
      within((w) =>
        call(
          customVjp(
            double,
            (x: unknown) => [double(x), null],
            (_: unknown, c: unknown) => [mul(c, w)],
          ),
          w,
        ),
      ),
    ScopeError,
    captures('customVjp'),
  )
  refuses(
    'the same inside jit',
    () =>
      call(
        jit((w: unknown) =>
          call(
            customJvp(
              (x: unknown) => mul(x, w),
              (x: unknown) => x,
            ),
            a,
          ),
        ),
        a,
      ),
    ScopeError,
    captures('customJvp'),
  )

  const withRule = (rule: unknown): unknown => within((w) => call(customJvp(double, rule), w))
  refuses(
    'no pair',
    () => withRule((_: unknown, [t]: unknown[]) => t),
    TreeError,
    'customJvp: the rule has to return a pair; return [value, tangent]',
  )
  refuses(
    'nothing',
    () => withRule(() => undefined),
    TreeError,
    'customJvp: the rule has to return a pair; return [value, tangent]',
  )
  refuses(
    'a value of another structure',
    () =>
      withRule(([x]: unknown[], [t]: unknown[]) => [
        [x, x],
        [t, t],
      ]),
    TreeError,
    'customJvp: the value that the rule returns has [*, *] where a tensor is expected',
  )
  refuses(
    'a value of another shape',
    () => withRule(([x]: unknown[], [t]: unknown[]) => [sum(x), t]),
    ShapeError,
    'customJvp: the value that the rule returns has shape [], expected [3]; it has to be the value of the function',
  )
  refuses(
    'a tangent of another structure',
    () => withRule(([x]: unknown[], [t]: unknown[]) => [x, [t]]),
    TreeError,
    'customJvp: the tangent that the rule returns is an array of 1, expected a tensor; it has the structure of what it belongs to, null where it is zero',
  )
  refuses(
    'a tangent of another shape',
    () => withRule(([x]: unknown[], [t]: unknown[]) => [x, sum(t)]),
    ShapeError,
    'customJvp: the tangent that the rule returns has shape [], expected [3]; it has the shape and element type of the value',
  )
  const forgets =
    'customJvp: the tangent that the rule returns is not zero where the tangents it is given are; multiply by the given tangent: [y, mul(slope, dx)]'
  refuses(
    'a tangent that is a slope',
    () => withRule(([x]: unknown[]) => [double(x), mul(x, 2)]),
    LinearityError,
    forgets,
  )
  refuses(
    'a tangent with something added',
    () => withRule(([x]: unknown[], [t]: unknown[]) => [double(x), add(t, 1)]),
    LinearityError,
    forgets,
  )
  refuses(
    'a tangent that is not linear, read backwards',
    () => withRule(([x]: unknown[], [t]: unknown[]) => [double(x), square(t)]),
    LinearityError,
    'mul: takes a tangent, and is not linear in it; the tangent that a customJvp rule returns has to be linear in the tangents it is given',
  )

  const withBack = (back: unknown, forward: unknown = (x: unknown) => [double(x), x]): unknown =>
    within((w) => call(customVjp(double, forward, back), w))
  refuses(
    'a forward function that returns no pair',
    () => withBack((_: unknown, c: unknown) => [c], double),
    TreeError,
    'customVjp: the forward function has to return a pair; return [value, residuals]',
  )
  refuses(
    'a forward function that returns another shape',
    () =>
      withBack(
        (_: unknown, c: unknown) => [c],
        (x: unknown) => [sum(x), x],
      ),
    ShapeError,
    'customVjp: the value that the forward function returns has shape [], expected [3]; it has to be the value of the function',
  )
  refuses(
    'a forward function that returns another structure',
    () =>
      withBack(
        (_: unknown, c: unknown) => [c],
        (x: unknown) => [{ y: x }, x],
      ),
    TreeError,
    'customVjp: the value that the forward function returns has { y: * } where a tensor is expected',
  )
  refuses(
    'a backward function that returns no list',
    () => withBack((_: unknown, c: unknown) => c),
    TreeError,
    'customVjp: the backward function has to return a list with a cotangent for each argument; return [dx], null where it is zero',
  )
  refuses(
    'a backward function that returns another count',
    () =>
      call(
        grad((x: unknown) =>
          call(
            customVjp(
              mul,
              (p: unknown, q: unknown) => [mul(p, q), null],
              () => [null],
            ),
            x,
            2,
          ),
        ),
        1,
      ),
    TreeError,
    'customVjp: the backward function has to return a list with a cotangent for each argument; return [dx0, dx1], null where it is zero',
  )
  refuses(
    'a backward function that returns another shape',
    () => withBack((_: unknown, c: unknown) => [sum(c)]),
    ShapeError,
    'customVjp: the cotangent that the backward function returns has shape [], expected [3] (at arguments[0]); it has the shape and element type of its argument',
  )

  const forwards = (back: unknown): unknown =>
    jvp(
      customVjp(double, (x: unknown) => [double(x), x], back),
      [a],
      [a],
    )
  const notLinear = (what: string): string =>
    `customVjp: forward mode transposes the backward function, which has to be linear in the cotangent: ${what}; make it linear, use reverse mode (grad, vjp, jacrev), or state the tangent with customJvp`
  refuses(
    'a square backwards, in forward mode',
    () => forwards((_: unknown, c: unknown) => [square(c)]),
    LinearityError,
    notLinear('mul in it is not'),
  )
  refuses(
    'an exponential backwards, in forward mode',
    () => forwards((_: unknown, c: unknown) => [exp(c)]),
    LinearityError,
    notLinear('exp in it is not'),
  )
  refuses(
    'a branch on the cotangent, in forward mode',
    () => forwards((_: unknown, c: unknown) => [where(less(c, 2), c, 0)]),
    LinearityError,
    notLinear('select in it is not'),
  )
  refuses(
    'a slope backwards, in forward mode',
    () => forwards((x: unknown) => [x]),
    LinearityError,
    notLinear('it is not zero where the cotangent is'),
  )
  refuses(
    'something added, in forward mode and inside jit',
    () => call(jit(() => forwards((x: unknown, c: unknown) => [add(c, x)]))),
    LinearityError,
    notLinear('it is not zero where the cotangent is'),
  )
  refuses(
    'a custom rule on the cotangent, in forward mode',
    () =>
      forwards((_: unknown, c: unknown) => [
        call(
          customJvp(double, ([x]: unknown[], [t]: unknown[]) => [double(x), double(t)]),
          c,
        ),
      ]),
    LinearityError,
    notLinear('customJvp in it is not'),
  )
})
