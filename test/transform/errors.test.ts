/** Bad input gets a typed error that says what, where, and what would fix it; never a number. */
import { ConcretizationError, DTypeError, ScopeError, ShapeError, TreeError, tensor, ValueError } from 'lanac'
import { describe, expect, it } from 'vitest'
import { call, type Loose, loose, refuses } from './refuses.js'

const { add, convert, customJvp, grad, hessian, hvp, item, jacfwd, jacrev, jit, jvp, linearize } = loose
const { matmul, mul, square, sum, toArray, valueAndGrad, vjp, vmap } = loose

const a = tensor([1, 2, 3])
const f32 = tensor([1, 2, 3], { dtype: 'f32' })
const i32 = tensor([1, 2, 3], { dtype: 'i32' })

describe('operations', () => {
  refuses(
    'shapes that do not broadcast',
    () => add(a, tensor([1, 2])),
    ShapeError,
    'add: cannot broadcast [3] with [2]: sizes 3 and 2 differ; sizes must be equal, or one of them 1, counted from the last axis',
  )
  refuses(
    'inner dimensions',
    () => matmul(tensor([[1, 2, 3]]), tensor([[1, 2]])),
    ShapeError,
    'matmul: [1, 3] x [1, 2]: inner dimensions 3 and 1 differ',
  )
  refuses(
    'f32 beside f64',
    () => mul(a, f32),
    DTypeError,
    "mul: f64 and f32 do not mix (shapes [3] and [3]); convert one of them: convert(x, 'f64')",
  )
  refuses(
    'f32 beside f64 inside a derivative',
    () =>
      call(
        grad((x: unknown) => sum(mul(x, f32))),
        a,
      ),
    DTypeError,
    "mul: f64 and f32 do not mix (shapes [3] and [3]); convert one of them: convert(x, 'f64')",
  )
  refuses(
    'a plain array',
    () => sum([1, 2]),
    DTypeError,
    'sum: takes a tensor or a number, found an array of 2; make it a tensor: tensor([…])',
  )
})

describe('grad', () => {
  refuses(
    'an integer',
    () => call(grad(sum), i32),
    DTypeError,
    "grad: i32 of shape [3] has no derivative (at arguments[0]); convert it: convert(x, 'f64')",
  )
  refuses(
    'a tree of integers',
    () =>
      call(
        grad((_: unknown, p: { k: unknown }) => sum(p.k), { argument: 1 }),
        a,
        { k: i32 },
      ),
    DTypeError,
    "grad: i32 of shape [3] has no derivative (at arguments[1].k); convert it: convert(x, 'f64')",
  )
  refuses(
    'nothing to differentiate',
    () =>
      call(
        valueAndGrad(() => sum(a)),
        { name: 'x' },
      ),
    DTypeError,
    'valueAndGrad: there is no tensor or number to differentiate (at arguments[0]); pass a tensor, a number, or a tree of them',
  )
  refuses(
    'a typed array',
    () => call(grad(sum), { x: new Float64Array(2) }),
    TreeError,
    'flatten: found a Float64Array where a tensor or a number belongs (at x); make it a tensor: tensor(x)',
  )
  refuses(
    'no arguments',
    () => call(grad(() => sum(a))),
    ValueError,
    'grad: argument 0 was chosen, but there are 0 arguments; arguments are counted from 0',
  )
  refuses(
    'an argument that is not there',
    () => call(grad(sum, { argument: 1 }), a),
    ValueError,
    'grad: argument 1 was chosen, but there is 1 argument; arguments are counted from 0',
  )
  refuses(
    'an argument twice',
    () => call(grad(add, { argument: [1, 1] }), 1, 2),
    ValueError,
    'grad: argument 1 was chosen twice',
  )
  refuses(
    'a result that is no scalar',
    () => call(grad(square), a),
    ShapeError,
    'grad: the function returned shape [3], a gradient is of a scalar; reduce it, sum(y) or mean(y), or use jacrev',
  )
  refuses(
    'two results',
    () =>
      call(
        grad((x: unknown) => [sum(x), sum(x)]),
        a,
      ),
    TreeError,
    'grad: the function returned 2 tensors, a gradient is of one scalar; return one scalar, or [scalar, aux] with { aux: true }; of several results take jacrev or vjp',
  )
  refuses(
    'no result',
    () =>
      call(
        grad(() => 'oops'),
        a,
      ),
    TreeError,
    'grad: the function returned no tensor, a gradient is of one scalar; return one scalar, or [scalar, aux] with { aux: true }; of several results take jacrev or vjp',
  )
  refuses(
    'undefined',
    () =>
      call(
        grad(() => undefined),
        a,
      ),
    TreeError,
    'grad: the function returned nothing; return a tensor, or a record, tuple or array of tensors',
  )
  refuses(
    'a promise',
    () =>
      call(
        grad(async (x: unknown) => sum(x)),
        a,
      ),
    TreeError,
    'grad: the function returned a promise; a traced function returns its result at once: await what it needs before',
  )
  refuses(
    'an integer result',
    () =>
      call(
        grad((x: unknown) => convert(sum(x), 'i32')),
        a,
      ),
    DTypeError,
    'grad: the function returned i32, which has no derivative; compute in f64 or f32 up to the result',
  )
  refuses(
    'no aux',
    () => call(grad(sum, { aux: true }), a),
    TreeError,
    'grad: with { aux: true } the function has to return a pair; return [loss, aux]',
  )
  refuses(
    'the hessian of a vector',
    () => call(hessian(square), a),
    ShapeError,
    'hessian: the function returned shape [3], a gradient is of a scalar; reduce it, sum(y) or mean(y), or use jacrev',
  )
  it('the same through jacfwd and jacrev', () => {
    expect(() => call(jacfwd(sum), i32)).toThrow('jacfwd: i32 of shape [3] has no derivative (at arguments[0])')
    expect(() =>
      call(
        jacrev(() => undefined),
        a,
      ),
    ).toThrow('jacrev: the function returned nothing')
  })
})

describe('tangents and cotangents', () => {
  refuses(
    'no lists',
    () => jvp(square, 2, 1),
    TreeError,
    'jvp: arguments and tangents have to be lists; call it as jvp(f, [x], [dx])',
  )
  refuses(
    'another count',
    () => jvp(square, [2], [1, 2]),
    TreeError,
    'jvp: found 1 arguments and 2 tangents; give each argument a tangent, null where it is zero: jvp(f, [x, y], [dx, null])',
  )
  refuses(
    'another shape',
    () => jvp((p: { w: unknown }) => p.w, [{ w: a }], [{ w: tensor([1]) }]),
    ShapeError,
    'jvp: the tangent has shape [1], expected [3] (at tangents[0].w); a tangent has the shape and element type of its argument',
  )
  refuses(
    'another element type',
    () => jvp(square, [a], [f32]),
    DTypeError,
    "jvp: the tangent is f32, expected f64 (at tangents[0]); convert it: convert(x, 'f64')",
  )
  refuses(
    'an integer tangent',
    () => jvp(square, [a], [i32]),
    DTypeError,
    'jvp: the tangent is i32, expected f64 (at tangents[0]); a tangent has the shape and element type of its argument',
  )
  refuses(
    'a tangent of an integer',
    () => jvp((x: unknown) => x, [a, i32], [a, i32]),
    DTypeError,
    'jvp: the tangent has a value for i32, which has no derivative (at tangents[1]); give null there',
  )
  refuses(
    'another structure',
    () => jvp((p: { w: unknown }) => p.w, [{ w: a, b: a }], [{ w: a }]),
    TreeError,
    'jvp: the tangent is a record of w, expected a record of w, b (at tangents[0]); it has the structure of what it belongs to, null where it is zero',
  )
  refuses(
    'a number where there is text',
    () => jvp((p: { w: unknown }) => p.w, [{ w: a, name: 'p' }], [{ w: a, name: 1 }]),
    TreeError,
    'jvp: the tangent is a number, expected "p" (at tangents[0].name); it has the structure of what it belongs to, null where it is zero',
  )
  refuses(
    'linearize: another count',
    () => linearize(square, a)[1]?.(),
    TreeError,
    'linearize: found 1 arguments and 0 tangents; give each argument a tangent, null where it is zero',
  )
  refuses(
    'a cotangent of another shape',
    () => vjp(square, a)[1]?.(1),
    ShapeError,
    'vjp: the cotangent has shape [], expected [3]; a cotangent has the shape and element type of the result it belongs to',
  )
  refuses(
    'a cotangent of another structure',
    () => vjp((x: unknown) => ({ y: x }), a)[1]?.(a),
    TreeError,
    'vjp: the cotangent is a tensor of shape [3], expected a record of y; it has the structure of what it belongs to, null where it is zero',
  )
  refuses(
    'hvp: another shape',
    () => hvp((x: unknown) => sum(square(x)), a, 1),
    ShapeError,
    'hvp: the vector has shape [], expected [3] (at [0]); it has the shape and element type of the point',
  )
})

describe('numbers that are not known', () => {
  const branch = (x: unknown) => (Number(item(sum(x))) > 0 ? square(x) : x)
  const inside = (name: string): string =>
    `item: the numbers are not known while ${name} traces the function; choose with where(condition, a, b) instead of if, or look at the numbers outside ${name}`
  refuses('inside jit', () => call(jit(branch), a), ConcretizationError, inside('jit'))
  refuses('inside vmap', () => call(vmap(branch), a), ConcretizationError, inside('vmap'))
  refuses('inside grad inside jit', () => call(jit(grad(branch)), 2), ConcretizationError, inside('jit'))
  refuses(
    'inside vmap inside grad',
    () =>
      call(
        grad((x: unknown) => sum(call(vmap(branch), x))),
        a,
      ),
    ConcretizationError,
    inside('vmap'),
  )
  refuses(
    'as an array',
    () =>
      call(
        jit((x: unknown) => toArray(x)),
        a,
      ),
    ConcretizationError,
    'toArray: the numbers are not known while jit traces the function; choose with where(condition, a, b) instead of if, or look at the numbers outside jit',
  )
  refuses(
    'of a tangent in a rule',
    () =>
      jvp(
        customJvp(square, ([x]: unknown[], [t]: unknown[]) => (item(t) ? [square(x), t] : [x, t])),
        [2],
        [1],
      ),
    ConcretizationError,
    inside('customJvp'),
  )
})

describe('values that outlive their trace', () => {
  const leak = (verb: Loose = grad): unknown => {
    let kept: unknown
    call(
      verb((x: unknown) => {
        kept = mul(x, 2)
        return sum(x)
      }),
      a,
    )
    return kept
  }
  const ended = (operation: string, what = 'an argument is', name = 'grad'): string =>
    `${operation}: ${what} a value traced by ${name}, and that trace has ended; return it from the function given to ${name} instead of storing it outside`
  refuses('in an operation', () => add(leak(), 1), ScopeError, ended('add'))
  refuses('after jit', () => add(leak(jit), 1), ScopeError, ended('add', 'an argument is', 'jit'))
  refuses('after vmap', () => add(leak(vmap), 1), ScopeError, ended('add', 'an argument is', 'vmap'))
  refuses('read', () => toArray(leak()), ScopeError, ended('toArray'))
  refuses('as an argument of grad', () => call(grad(sum), leak()), ScopeError, ended('grad'))
  refuses('as an argument of vjp', () => vjp(sum, leak()), ScopeError, ended('vjp'))
  refuses('as an argument of vmap', () => call(vmap(square), leak()), ScopeError, ended('vmap'))
  refuses('as an argument of jit', () => call(jit(square), leak()), ScopeError, ended('jit'))
  refuses('as a tangent', () => jvp(square, [a], [leak()]), ScopeError, ended('jvp'))
  refuses('as a result', () => call(vjp((_: unknown) => leak(), a)), ScopeError, ended('vjp', 'the function returned'))
  refuses('as a result of jit', () => call(jit(() => leak())), ScopeError, ended('jit', 'the function returned'))
  refuses(
    'as an aux',
    () =>
      call(
        grad((x: unknown) => [sum(x), leak()], { aux: true }),
        a,
      ),
    ScopeError,
    ended('grad', 'the function returned'),
  )
  it('can be printed, as what it is', () => expect(String(leak())).toBe('symbolic f64[3] of grad'))
})

describe('calls', () => {
  refuses(
    'a value for a function',
    () => grad(sum(square(a))),
    ValueError,
    'grad: argument 0 has to be a function, found a tensor of shape []; give the function itself, not its value',
  )
  refuses(
    'a missing rule',
    () => customJvp(sum),
    ValueError,
    'customJvp: argument 1 has to be a function, found undefined',
  )
  refuses(
    'a word that is not there',
    () => vmap(undefined),
    ValueError,
    'vmap: argument 0 has to be a function, found undefined',
  )
  refuses(
    'an option of another library',
    () => grad(sum, { argnums: 1 }),
    ValueError,
    "grad: there is no option 'argnums'; options are argument, aux",
  )
  refuses(
    'an argument where options belong',
    () => vmap(sum, 0),
    ValueError,
    'vmap: options have to be a record, found a number; its keys are in, out',
  )
  refuses(
    'arguments too early',
    () => jit(sum, a),
    ValueError,
    'jit: options have to be a record, found a tensor of shape [3]; its keys are check, target, threads',
  )
  refuses(
    'a target that there is not',
    () => jit(sum, { target: 'gpu' }),
    ValueError,
    "jit: there is no target 'gpu'; targets are wasm, js, native, auto",
  )
  refuses(
    'a target that has not been loaded',
    () => jit(sum, { target: 'native' }),
    ValueError,
    "jit: the target 'native' has not been loaded; import 'lanac/native' once, anywhere in the program",
  )
  refuses(
    'no number of threads',
    () => jit(sum, { threads: 0 }),
    ValueError,
    'jit: threads has to be a whole number from 1 on, found 0; leave it out for as many as the machine has',
  )
  it('of every verb', () => {
    for (const [name, verb] of Object.entries({
      grad,
      valueAndGrad,
      jvp,
      vjp,
      linearize,
      jacfwd,
      jacrev,
      hessian,
      hvp,
      vmap,
      jit,
      customJvp,
    }))
      expect(() => verb(3), name).toThrow(
        `${name}: argument 0 has to be a function, found a number; give the function itself`,
      )
  })
})

describe('jit with check', () => {
  refuses(
    'something else that was closed over',
    () => {
      let k = 1
      const f = jit((x: unknown) => mul(x, k), { check: true })
      call(f, a)
      k = 2
      return call(f, a)
    },
    ValueError,
    'jit: the function gives another result than when it was traced: something it closes over has changed; pass what changes as an argument',
  )
  refuses(
    'another structure',
    () => {
      let pair = false
      const f = jit((x: unknown) => (pair ? [x, x] : x), { check: true })
      call(f, a)
      pair = true
      return call(f, a)
    },
    TreeError,
    'jit: the function returns another structure than when it was traced: something it closes over has changed; pass what changes as an argument',
  )
  refuses(
    'another shape',
    () => {
      let other = false
      const f = jit((x: unknown) => (other ? sum(x) : x), { check: true })
      call(f, a)
      other = true
      return call(f, a)
    },
    ValueError,
    'jit: the function gives another result than when it was traced: something it closes over has changed; pass what changes as an argument',
  )
})
