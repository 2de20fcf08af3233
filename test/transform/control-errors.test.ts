/** What control flow refuses, in words. */
import { ConcretizationError, DTypeError, ScopeError, ShapeError, TreeError, tensor, ValueError, zeros } from 'lanac'
import { describe } from 'vitest'
import { type Loose, loose, refuses } from './refuses.js'

const { add, cond, convert, fori, grad, greater, item, jit, mul, scan, sum, vmap } = loose
const v = tensor([1, 2, 3])
const m = zeros([3, 2])

/** Inside a trace, where the truth value is not known. */
const traced = (onTrue: unknown, onFalse: unknown) => () =>
  (jit((x: unknown) => cond(greater(sum(x), 0), onTrue, onFalse, x)) as Loose)(v)

describe('cond', () => {
  refuses(
    'a predicate that is a number',
    () => cond(1, sum, sum, v),
    DTypeError,
    'cond: the predicate has to be a truth value, found a number; compare: greater(x, 0)',
  )
  refuses(
    'a predicate of floats',
    () => cond(v, sum, sum, v),
    DTypeError,
    'cond: the predicate has to be a truth value, found f64[3]; compare: greater(x, 0)',
  )
  refuses(
    'several truth values',
    () => cond(greater(v, 2), sum, sum, v),
    ShapeError,
    'cond: the predicate has to be one truth value, found shape [3]; choose element by element with where(condition, a, b), or one branch for each example with vmap',
  )
  refuses(
    'a branch that is a value',
    () => cond(true, v, sum, v),
    ValueError,
    'cond: argument 1 has to be a function, found a tensor of shape [3]',
  )
  refuses(
    'branches of different structures',
    traced(
      (x: unknown) => ({ a: x, b: [x, x] }),
      (x: unknown) => [x, x],
    ),
    TreeError,
    'cond: the branches return different structures: { a: *, b: [*, *] } and [*, *]; both have to return the same tree; * stands for a tensor',
  )
  refuses(
    'branches of different shapes',
    traced(
      (x: unknown) => ({ a: x, b: [x, x] }),
      (x: unknown) => ({ a: x, b: [x, sum(x)] }),
    ),
    ShapeError,
    'cond: the branches return f64[3] and f64[] (at result.b[1]); both have to return the same shapes',
  )
  refuses(
    'branches of different element types',
    traced(
      (x: unknown) => x,
      (x: unknown) => convert(x, 'f32'),
    ),
    DTypeError,
    "cond: the branches return f64[3] and f32[3] (at result); convert one of them: convert(x, 'f64')",
  )
  refuses(
    'a branch that returns nothing',
    traced(
      () => undefined,
      (x: unknown) => x,
    ),
    TreeError,
    'cond: the function returned nothing; return a tensor, or a record, tuple or array of tensors',
  )
  refuses(
    'a branch that asks for numbers',
    traced(
      (x: unknown) => mul(x, item(sum(x))),
      (x: unknown) => x,
    ),
    ConcretizationError,
    'item: the numbers are not known while cond traces the function; choose with where(condition, a, b) instead of if, or look at the numbers outside cond',
  )
})

describe('scan', () => {
  refuses(
    'a step that is a value',
    () => scan(v, 0, v),
    ValueError,
    'scan: argument 0 has to be a function, found a tensor of shape [3]; give the function itself, not its value',
  )
  refuses(
    'an unknown option',
    () => scan((c: unknown) => [c, null], 0, v, { reversed: true }),
    ValueError,
    "scan: there is no option 'reversed'; options are length, reverse",
  )
  refuses(
    'no xs and no length',
    () => scan((c: unknown) => [c, null], 0, null),
    ValueError,
    'scan: without xs the number of steps is not known; give it: scan(f, carry, null, { length: 10 })',
  )
  refuses(
    'a length that is not whole',
    () => scan((c: unknown) => [c, null], 0, null, { length: 1.5 }),
    ValueError,
    'scan: length has to be a whole number of at least 0, found 1.5',
  )
  refuses(
    'leading sizes that differ',
    () => scan((c: unknown) => [c, null], 0, { a: v, b: tensor([1, 2]) }),
    ShapeError,
    'scan: the leading sizes differ: 3 of xs.a, 2 of xs.b (at xs.b); all xs are scanned along their first axis together',
  )
  refuses(
    'a length that is not the size',
    () => scan((c: unknown) => [c, null], 0, v, { length: 2 }),
    ShapeError,
    'scan: length is 2, but there are 3 of xs (at xs); all xs are scanned along their first axis together',
  )
  refuses(
    'a scalar to scan along',
    () => scan((c: unknown) => [c, null], 0, [v, 1]),
    ShapeError,
    'scan: found a scalar where there has to be an axis to scan along (at xs[1]); what every step shares may be closed over',
  )
  refuses(
    'a step that does not return a pair',
    () => scan((c: unknown, x: unknown) => add(c, x), 0, v),
    TreeError,
    'scan: the function has to return a pair; return [carry, y], null for y where there is nothing to stack',
  )
  refuses(
    'a carry that changes its structure',
    () => scan((c: { readonly a: unknown }) => [{ a: c.a, n: [c.a] }, null], { a: v }, v),
    TreeError,
    'scan: the carry goes in as { a: * } and comes out as { a: *, n: [*] } (at carry); every step has to return a carry of the same structure; * stands for a tensor',
  )
  refuses(
    'a carry that changes its shape',
    () => scan((c: { readonly a: unknown }, x: unknown) => [{ a: mul(c.a, x) }, null], { a: 1 }, m),
    ShapeError,
    'scan: the carry goes in as f64[] and comes out as f64[2] (at carry.a); every step has to return a carry of the same shape',
  )
  refuses(
    'a carry that changes its element type',
    () => scan((c: unknown) => [convert(c, 'f32'), null], v, v),
    DTypeError,
    "scan: the carry goes in as f64[3] and comes out as f32[3] (at carry); start with that type, or convert(carry, 'f64')",
  )
  refuses(
    'a step that asks for numbers',
    () => scan((c: unknown, x: unknown) => [add(c, item(x)), null], 0, v),
    ConcretizationError,
    'item: the numbers are not known while scan traces the function; choose with where(condition, a, b) instead of if, or look at the numbers outside scan',
  )
  refuses(
    'a value of a step that is used after it',
    () => {
      let kept: unknown
      scan(
        (c: unknown, x: unknown) => {
          kept = x
          return [c, null]
        },
        0,
        v,
      )
      return add(kept, 1)
    },
    ScopeError,
    'add: an argument is a value traced by scan, and that trace has ended; return it from the function given to scan instead of storing it outside',
  )
})

describe('fori', () => {
  refuses(
    'a body that is a value',
    () => fori(0, 3, 1, 0),
    ValueError,
    'fori: argument 2 has to be a function, found a number',
  )
  refuses(
    'a bound that is not whole',
    () => fori(0, 2.5, (_: unknown, c: unknown) => c, 0),
    ValueError,
    'fori: to has to be a whole number, found 2.5',
  )
  refuses(
    'a bound of several numbers',
    () => fori(v, 2, (_: unknown, c: unknown) => c, 0),
    ValueError,
    'fori: from has to be a whole number, found shape [3]',
  )
  refuses(
    'a bound that is traced by jit',
    () => (jit((n: unknown) => fori(0, n, (_: unknown, c: unknown) => c, 0)) as Loose)(3),
    ConcretizationError,
    'fori: the numbers are not known while jit traces the function; choose with where(condition, a, b) instead of if, or look at the numbers outside jit',
  )
  refuses(
    'a bound that is traced by vmap',
    () => (vmap((n: unknown) => fori(0, n, (_: unknown, c: unknown) => c, 0)) as Loose)(v),
    ConcretizationError,
    'fori: the numbers are not known while vmap traces the function; choose with where(condition, a, b) instead of if, or look at the numbers outside vmap',
  )
  refuses(
    'a carry that changes',
    () => (grad((x: unknown) => sum(fori(0, 3, (_: unknown, c: unknown) => sum(c), x))) as Loose)(v),
    ShapeError,
    'fori: the carry goes in as f64[3] and comes out as f64[] (at carry); every step has to return a carry of the same shape',
  )
})
