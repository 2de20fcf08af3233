/** Custom rules: the rule is what every mode uses, in every nest, and the value stays the function's. */
import {
  add,
  clip,
  cos,
  customJvp,
  customVjp,
  div,
  exp,
  grad,
  greater,
  hessian,
  item,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  log,
  matmul,
  maximum,
  mul,
  neg,
  round,
  type Scalar,
  type Shape,
  sin,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  toArray,
  transpose,
  valueAndGrad,
  vjp,
  vmap,
  where,
} from 'lanac'
import { describe, expect, it } from 'vitest'

type Vector = Tensor<Shape, 'f64'>
const numbers = (x: unknown): unknown => (Array.isArray(x) ? x.map(numbers) : toArray(x as Tensor))
const x = tensor([0.5, 1, 2])

/** sin, with a tangent three times too large: so that it shows where the rule was used. */
const jvpSine = customJvp(
  (a: Vector) => sin(a) as Vector,
  ([a], [da]) => [sin(a), mul(mul(3, cos(a)), da)] as never,
)
const vjpSine = customVjp(
  (a: Vector) => sin(a) as Vector,
  (a) => [sin(a), cos(a)] as never,
  (c: Vector, ct) => [mul(mul(3, c), ct)] as never,
)

const three = [0.5, 1, 2].map((t) => 3 * Math.cos(t))
const close = (found: unknown, expected: unknown): void => {
  const flat = (y: unknown): number[] => (Array.isArray(y) ? y.flatMap(flat) : [y as number])
  const [f, e] = [flat(found), flat(expected)]
  expect(f.length).toBe(e.length)
  f.forEach((y, i) => {
    expect(y).toBeCloseTo(e[i] as number, 12)
  })
}

describe.each([
  ['customJvp', jvpSine],
  ['customVjp', vjpSine],
] as const)('%s', (_, sine) => {
  const f = (a: Vector): Tensor<[], 'f64'> => sum(sine(a)) as never

  it('leaves the value alone', () => {
    close(numbers(sine(x)), [0.5, 1, 2].map(Math.sin))
    close(numbers(jit(sine)(x)), [0.5, 1, 2].map(Math.sin))
  })

  it('is what both modes use', () => {
    close(numbers(grad(f)(x)), three)
    close(numbers(jvp(sine, [x], [tensor([1, 1, 1])])[1]), three)
    close(numbers(vjp(sine, x)[1](tensor([1, 1, 1]) as never)[0]), three)
    close(numbers(linearize(sine, x)[1](tensor([1, 0, 1]) as never)), [three[0], 0, three[2]])
    const diagonal = three.map((d, i) => three.map((_, j) => (i === j ? d : 0)))
    close(numbers(jacfwd(sine)(x)), diagonal)
    close(numbers(jacrev(sine)(x)), diagonal)
  })

  it('is what every nest uses', () => {
    close(numbers(jit(grad(f))(x)), three)
    close(numbers(grad(jit(f) as never)(x)), three)
    close(numbers(vmap(grad((t: Scalar) => f(mul(t, tensor([1])) as never) as never))(x)), three)
    close(numbers(grad((a: Vector) => sum(vmap((t) => sine(t as never))(a)) as never)(x)), three)
    close(
      numbers(
        vmap(vmap((t) => sine(t as never)))(
          tensor([
            [0.5, 1],
            [2, 0],
          ]) as never,
        ),
      ),
      [
        [Math.sin(0.5), Math.sin(1)],
        [Math.sin(2), 0],
      ],
    )
    const overRows = grad((a: Vector) => sum(vmap(vmap((t) => sine(t as never)))(a as never)) as never)
    close(
      numbers(
        overRows(
          tensor([
            [0.5, 1],
            [2, 0],
          ]) as never,
        ),
      ),
      [
        [three[0], three[1]],
        [three[2], 3],
      ],
    )
  })

  it('is differentiated itself for higher orders', () => {
    // the slope 3cos is written with the library's own cos: its derivative is −3 sin
    const second = [0.5, 1, 2].map((t) => -3 * Math.sin(t))
    close(numbers(grad((a: Vector) => sum(grad(f)(a)) as never)(x)), second)
    close(numbers(jvp((a: Vector) => grad(f)(a), [x], [tensor([1, 1, 1])])[1]), second)
    close(numbers(grad((a: Vector) => sum(jvp(sine, [a], [tensor([1, 1, 1])])[1]) as never)(x)), second)
    close(
      numbers(hessian(f)(x)),
      second.map((d, i) => second.map((_, j) => (i === j ? d : 0))),
    )
    close(
      numbers(jit(hessian(jit(f) as never))(x)),
      second.map((d, i) => second.map((_, j) => (i === j ? d : 0))),
    )
  })

  it('may look at numbers outside jit and vmap', () => {
    const branching = (a: Scalar) => (item(a) > 0 ? square(a) : neg(a))
    const wrapped =
      _ === 'customJvp'
        ? customJvp(branching, ([a], [t]) => [branching(a), item(a) > 0 ? mul(mul(2, a), t) : neg(t)])
        : customVjp(
            branching,
            (a) => [branching(a), a],
            (a: Scalar, ct) => [item(a as never) > 0 ? mul(mul(2, a), ct) : neg(ct)],
          )
    expect(item(wrapped(3))).toBe(9)
    expect(item(wrapped(-3))).toBe(3)
    if (_ === 'customJvp') {
      expect(item(grad(wrapped as never)(3))).toBe(6)
      expect(item(grad(wrapped as never)(-3))).toBe(-1)
    }
  })
})

describe('rules for trees of arguments and results', () => {
  interface P {
    readonly w: Vector
    readonly name: string
  }
  const forward = (p: P, n: Tensor<[], 'i32'>) => ({ y: mul(p.w, 2), n, name: p.name })
  const n = tensor(3, { dtype: 'i32' }) as Tensor<[], 'i32'>
  const p: P = { w: x as Vector, name: 'p' }

  it('customJvp has null for integers', () => {
    let seen: unknown
    const f = customJvp(
      forward as never,
      (([q, m]: [P, never], t: readonly [P, null]) => {
        seen = t[1]
        return [forward(q, m), { y: mul(t[0].w, 5), n: null, name: 'p' }]
      }) as never,
    ) as never as typeof forward
    const [y, dy] = jvp(f, [p, n], [{ w: tensor([1, 0, 2]) as Vector, name: 'p' }, null] as never)
    expect(seen).toBe(null)
    expect(numbers((y as never as { y: Vector }).y)).toEqual([1, 2, 4])
    expect(numbers((dy as never as { y: Vector }).y)).toEqual([5, 0, 10])
    expect((dy as { n: unknown }).n).toBe(null)
    const gradient = grad((q: P) => sum(f(q, n).y) as never)(p)
    expect(numbers(gradient.w)).toEqual([5, 5, 5])
  })

  it('customVjp has residuals of any structure', () => {
    const f = customVjp(
      forward as never,
      ((q: P, m: never) => [forward(q, m), { w: q.w, k: 7, names: [q.name] }]) as never,
      ((r: { w: Vector; k: Scalar; names: readonly string[] }, ct: { y: Vector; name: string }) => {
        expect([r.names[0], ct.name]).toEqual(['p', 'p'])
        return [{ w: mul(ct.y, r.k), name: null }, null]
      }) as never,
    ) as never as typeof forward
    expect(numbers(grad((q: P) => sum(f(q, n).y) as never)(p).w)).toEqual([7, 7, 7])
    expect(numbers(jit(grad((q: P) => sum(f(q, n).y) as never))(p).w)).toEqual([7, 7, 7])
    const each = vmap((w: Vector) => grad((q: P) => sum(f(q, n).y) as never)({ w, name: 'p' }).w as never)
    expect(
      numbers(
        each(
          tensor([
            [1, 2],
            [3, 4],
          ]) as never,
        ),
      ),
    ).toEqual([
      [7, 7],
      [7, 7],
    ])
  })

  it('several arguments, some of them shared along a stack', () => {
    const product = customVjp(
      (a: Vector, b: Vector) => matmul(a as never, b as never) as unknown as Vector,
      (a, b) => [matmul(a as never, b as never), [a, b]] as never,
      (([a, b]: readonly Vector[], ct: never) => [
        mul(2, matmul(ct, transpose(b as never) as never) as never),
        mul(3, matmul(transpose(a as never) as never, ct) as never),
      ]) as never,
    )
    const a = tensor([
      [1, 2],
      [3, 4],
    ]) as Vector
    const bs = tensor([
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0, 1],
        [1, 0],
      ],
    ]) as Vector
    const f = (u: Vector, v: Vector): Scalar => sum(product(u, v)) as never
    const mapped = vmap(grad(f as never, { argument: [0, 1] }) as never, { in: [null, 0] })
    // ∂u: 2·1·bᵀ has rows of 2; ∂v: 3·aᵀ·1 has rows 12 and 18
    expect(numbers(mapped(a as never, bs as never))).toEqual([
      [
        [
          [2, 2],
          [2, 2],
        ],
        [
          [2, 2],
          [2, 2],
        ],
      ],
      [
        [
          [12, 12],
          [18, 18],
        ],
        [
          [12, 12],
          [18, 18],
        ],
      ],
    ])
    const shared = grad(
      (u: Vector) => sum(vmap(product as never, { in: [null, 0] })(u as never, bs as never) as Vector) as never,
    )
    expect(numbers(shared(a))).toEqual([
      [4, 4],
      [4, 4],
    ])
    const push = jvp((u: Vector) => vmap(product as never, { in: [null, 0] })(u as never, bs as never), [a], [a])[1]
    expect(numbers(push)).toEqual([
      [
        [2, 4],
        [6, 8],
      ],
      [
        [4, 2],
        [8, 6],
      ],
    ])
  })
})

describe('uses', () => {
  it('a straight-through estimator', () => {
    const quantize = customVjp(
      (a: Vector) => round(a) as Vector,
      (a) => [round(a), null] as never,
      (_, ct) => [ct] as never,
    )
    const [y, dy] = valueAndGrad((a: Vector) => sum(square(quantize(a))) as never)(tensor([0.4, 1.6]) as Vector)
    expect(item(y as never)).toBe(4)
    expect(numbers(dy)).toEqual([0, 4])
    expect(numbers(jvp(quantize, [tensor([0.4, 1.6]) as Vector], [tensor([1, 2])])[1])).toEqual([1, 2])
  })

  it('clipped cotangents: not linear, and welcome in reverse mode', () => {
    const clipped = customVjp(
      (a: Vector) => a,
      (a) => [a, null] as never,
      (_, ct) => [clip(ct as never, { min: -1, max: 1 })] as never,
    )
    const f = (a: Vector): Scalar => sum(mul(tensor([5, 0.5, -7]), clipped(a))) as never
    expect(numbers(grad(f as never)(x as never))).toEqual([1, 0.5, -1])
    expect(numbers(jit(grad(f as never))(x as never))).toEqual([1, 0.5, -1])
    expect(numbers(jacrev(clipped)(x))).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ])
  })

  it('log(1 + eˣ) without overflow', () => {
    const log1pexp = customJvp(
      (a: Scalar) => log(add(1, exp(a))),
      ([a], [t]) => {
        const m = maximum(a, 0)
        const y = add(m, log(add(exp(neg(m)), exp(sub(a, m)))))
        return [y, mul(sub(1, div(1, add(1, exp(a)))), t)]
      },
    )
    expect(item(grad(log1pexp as never)(100))).toBe(1)
    expect(item(jit(grad(log1pexp as never))(0))).toBe(0.5)
  })

  it('inside another custom rule', () => {
    const inner = customJvp(
      (a: Scalar) => mul(a, a),
      ([a], [t]) => [mul(a, a), mul(mul(10, a), t)],
    )
    const outer = customJvp(
      (a: Scalar) => inner(a),
      ([a], [t]) => jvp(inner, [a], [t]) as never,
    )
    expect(item(grad(outer as never)(3))).toBe(30)
    expect(item(grad(grad(outer as never) as never)(3))).toBe(10)
    const back = customVjp(
      (a: Scalar) => inner(a),
      (a) => {
        const [y, pull] = vjp(inner, a)
        return [y, pull(1)[0]] as never
      },
      (slope: Scalar, ct) => [mul(slope, ct)],
    )
    expect(item(grad(back as never)(3))).toBe(30)
    expect(item(jvp(back, [3], [2])[1])).toBe(60)
    expect(item(jit(grad(back as never))(3))).toBe(30)
  })

  it('a rule with where keeps NaN out', () => {
    const safe = customJvp(
      (a: Vector) => where(greater(a, 0), log(a), 0) as Vector,
      ([a], [t]) => [where(greater(a, 0), log(a), 0), where(greater(a, 0), div(t, a), 0)] as never,
    )
    expect(numbers(grad((a: Vector) => sum(safe(a)) as never)(tensor([0, 1, 2]) as Vector))).toEqual([0, 1, 0.5])
  })
})
