/** What derivatives hold to beyond their values in nests: control flow, closures, linear maps as values, depth. */
import {
  add,
  cos,
  exp,
  grad,
  greater,
  hvp,
  item,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  log,
  matmul,
  mul,
  pow,
  type Scalar,
  type Shape,
  sin,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  toArray,
  valueAndGrad,
  vjp,
  vmap,
  where,
} from 'lanac'
import { describe, expect, it } from 'vitest'

type Vector = Tensor<Shape, 'f64'>
const numbers = (x: unknown): unknown => (Array.isArray(x) ? x.map(numbers) : toArray(x as Tensor))

describe('numbers are accepted wherever a scalar is', () => {
  const f = (x: Scalar) => add(sub(sub(pow(x, 4), pow(x, 3)), mul(2, square(x))), 3)
  it('and the result is a scalar tensor', () => {
    const y = grad(f)(2)
    expect([y.shape, y.dtype, item(y)]).toEqual([[], 'f64', 12])
    expect(item(grad(grad(f))(2))).toBe(12 * 4 - 6 * 2 - 4)
    expect(item(grad(grad(grad(f)))(2))).toBe(24 * 2 - 6)
    expect(item(hvp(f, 2, 3))).toBe(32 * 3)
    expect(jvp(f, [2], [1]).map((z) => item(z))).toEqual([3, 12])
  })
  it('the gradient of a scalar is of its element type', () => {
    const g = grad((x: Tensor<[], 'f32'>) => mul(x, 3))(tensor(2, { dtype: 'f32' }) as never)
    expect([g.dtype, item(g)]).toEqual(['f32', 3])
  })
})

describe('plain control flow, where numbers are known', () => {
  const power = (x: Scalar, n: number): Scalar => (n === 0 ? 1 : mul(x, power(x, n - 1)))
  /** Newton's iteration for √x, until it stands still: a loop whose length depends on the value. */
  const root = (x: Scalar): Scalar => {
    let y: Scalar = x
    for (let i = 0; i < 100; i++) {
      const next: Scalar = mul(0.5, add(y, mul(x, pow(y, -1))))
      if (Math.abs(item(sub(next, y))) < 1e-15) return next
      y = next
    }
    return y
  }
  it('recursion and loops differentiate', () => {
    expect(item(grad((x: Scalar) => power(x, 5) as never)(2))).toBe(80)
    expect(item(grad(root as never)(2))).toBeCloseTo(Math.SQRT1_2 / 2, 12)
    expect(item(grad(grad(root as never) as never)(2))).toBeCloseTo(-1 / (4 * 2 ** 1.5), 12)
  })
  it('branches see the outer value in inner derivatives', () => {
    const seen: number[] = []
    const f = (x: Scalar) => {
      seen.push(item(x))
      return item(x) > 1 ? square(x) : mul(3, x)
    }
    expect(item(grad((x: Scalar) => grad(f)(mul(x, 2)))(1))).toBe(4)
    expect(seen).toEqual([2])
    expect(item(jvp((x: Scalar) => grad(f)(x), [0.5], [1])[1])).toBe(0)
  })
  it('a product with a number read off a traced value drops its gradient, as documented', () => {
    expect(item(grad((x: Scalar) => mul(x, item(x)))(3))).toBe(3)
  })
  it('reading does not change what is computed', () => {
    const f = (look: boolean) => (x: Scalar) => {
      const y = exp(mul(x, x))
      if (look) expect(item(y)).toBe(Math.exp(0.25))
      return mul(y, sin(x))
    }
    expect(item(grad(f(true))(0.5))).toBe(item(grad(f(false))(0.5)))
  })
})

describe('no perturbation is confused with another', () => {
  it('d/dx [x · d/dy (x)] = 0 and its kin', () => {
    expect(item(grad((x: Scalar) => mul(x, grad((_: Scalar) => x as never)(1)))(2))).toBe(0)
    expect(item(grad((x: Scalar) => mul(x, grad((y: Scalar) => add(x, y))(1)))(2))).toBe(1)
    expect(item(grad((x: Scalar) => mul(x, grad((y: Scalar) => mul(x, y))(1)))(3))).toBe(6)
    const inner = (x: Scalar) => jvp((y: Scalar) => mul(x, y), [1], [1])[1]
    expect(item(jvp((x: Scalar) => mul(x, inner(x)), [3], [1])[1])).toBe(6)
    expect(item(grad((x: Scalar) => mul(x, inner(x)))(3))).toBe(6)
    expect(item(jvp((x: Scalar) => mul(x, grad((y: Scalar) => mul(mul(x, x), y))(1)), [2], [1])[1])).toBe(12)
  })
  it('three levels, each closing over the ones outside', () => {
    // ∂x [x · ∂y [y · ∂z (x y z²)]] at 1, 2, 3: z-part 2xyz = 6xy; y-part d(6xy²) = 12xy; x-part d(24x²) = 48x
    const f = (x: Scalar): Scalar =>
      mul(x, grad((y: Scalar) => mul(y, grad((z: Scalar) => mul(mul(x, y), square(z)))(3)))(2))
    expect(item(grad(f as never)(1))).toBe(48)
  })
})

describe('linear maps are values', () => {
  const f = (x: Vector): Vector => mul(sin(x), square(x)) as Vector
  const slope = (t: number): number => Math.cos(t) * t * t + 2 * t * Math.sin(t)
  const curvature = (t: number): number => -Math.sin(t) * t * t + 4 * t * Math.cos(t) + 2 * Math.sin(t)
  const at = tensor([0.5, 1]) as Vector

  it('linearize: applied many times, mapped, compiled and differentiated', () => {
    let calls = 0
    const [y, push] = linearize((x: Vector) => {
      calls += 1
      return f(x)
    }, at)
    expect(numbers(y)).toEqual([0.5, 1].map((t) => Math.sin(t) * t * t))
    const e = tensor([
      [1, 0],
      [0, 1],
    ])
    const columns = numbers(vmap(push as never)(e as never)) as number[][]
    expect(columns[0]?.[0]).toBeCloseTo(slope(0.5), 14)
    expect(columns[1]).toEqual([0, expect.closeTo(slope(1), 14)])
    expect(numbers(jit(push as never)(tensor([1, 1]) as never))).toEqual([
      expect.closeTo(slope(0.5), 14),
      expect.closeTo(slope(1), 14),
    ])
    const transposed = vjp(push, tensor([1, 1]) as never)[1](tensor([2, 3]) as never)
    expect(numbers(transposed)).toEqual([[expect.closeTo(2 * slope(0.5), 13), expect.closeTo(3 * slope(1), 13)]])
    expect(calls).toBe(1)
  })

  it('vjp: the pullback too, also in its point', () => {
    const [, back] = vjp(f, at)
    const rows = numbers(
      vmap(((c: Vector) => back(c as never)[0]) as never)(
        tensor([
          [1, 0],
          [0, 1],
        ]) as never,
      ),
    ) as number[][]
    expect(rows[1]).toEqual([0, expect.closeTo(slope(1), 14)])
    const second = grad((x: Vector) => sum(vjp(f, x)[1](tensor([1, 1]) as never)[0] as Vector) as never)(at)
    expect(numbers(second)).toEqual([expect.closeTo(curvature(0.5), 13), expect.closeTo(curvature(1), 13)])
    const [, backBack] = vjp((c: Vector) => back(c as never)[0] as Vector, tensor([5, 7]) as Vector)
    expect(numbers(backBack(tensor([1, 1]) as never))).toEqual([
      [expect.closeTo(slope(0.5), 14), expect.closeTo(slope(1), 14)],
    ])
  })

  it('a pullback of a traced point outlives nothing it needs', () => {
    const g = (x: Scalar) => {
      const [y, back] = vjp((u: Scalar, w: Scalar) => mul(u, mul(w, w)), x, 3)
      const [du, dw] = back(y) as readonly Scalar[] as readonly [Scalar, Scalar]
      return add(du, dw)
    }
    // y = 9x: du = 9y = 81x, dw = 6x·y = 54x²
    expect(item(g(2))).toBe(162 + 216)
    expect(item(grad(g)(2))).toBe(81 + 216)
    expect(item(jit(grad(g))(2))).toBe(297)
  })
})

describe('stopGradient', () => {
  it('keeps the value and stops every mode', () => {
    const f = (x: Scalar) => mul(x, stopGradient(exp(x)))
    expect(item(f(1))).toBe(Math.E)
    expect(item(grad(f)(1))).toBe(Math.E)
    expect(item(jvp(f, [1], [1])[1])).toBe(Math.E)
    expect(item(grad(grad(f))(1))).toBe(0)
    expect(numbers(vmap(grad(f))(tensor([0, 1])))).toEqual([1, Math.E])
  })
})

describe('where and NaN', () => {
  it('the branch not taken leaks nothing, in any mode', () => {
    const f = (x: Vector) => sum(where(greater(x, 0), log(x), 0)) as Scalar
    const x = tensor([0, -1, 2]) as Vector
    expect(numbers(grad(f as never)(x as never))).toEqual([0, 0, 0.5])
    expect(item(jvp(f as never, [x], [tensor([1, 1, 1])] as never)[1] as never)).toBe(0.5)
    expect(numbers(jit(grad(f as never))(x as never))).toEqual([0, 0, 0.5])
    expect(numbers(hvp(f as never, x as never, tensor([1, 1, 1]) as never))).toEqual([0, 0, -0.25])
  })
})

describe('Jacobians', () => {
  const f = (x: Vector): Vector =>
    matmul(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      square(x) as never,
    ) as unknown as Vector
  it('by rows and by columns agree with the closed form', () => {
    const expected = [
      [2, 8, 18],
      [8, 20, 36],
    ]
    expect(numbers(jacfwd(f)(tensor([1, 2, 3]) as Vector))).toEqual(expected)
    expect(numbers(jacrev(f)(tensor([1, 2, 3]) as Vector))).toEqual(expected)
    expect(numbers(jit(jacrev(jit(f)) as never)(tensor([1, 2, 3]) as never))).toEqual(expected)
  })
  it('have the axes of the result, then those of the argument', () => {
    const g = (x: Tensor<[2, 1], 'f64'>) => add(x, tensor([[1, 2, 3]]))
    expect(jacfwd(g)(tensor([[1], [2]])).shape).toEqual([2, 3, 2, 1])
    expect(jacrev(g)(tensor([[1], [2]])).shape).toEqual([2, 3, 2, 1])
    expect(jacfwd((x: Scalar) => square(x))(3).shape).toEqual([])
    expect(item(jacrev((x: Scalar) => square(x))(3))).toBe(6)
  })
  it('of nothing', () => {
    const none = tensor([]) as Vector
    expect(jacfwd((x: Vector) => exp(x))(none).shape).toEqual([0, 0])
    expect(jacrev((x: Vector) => exp(x))(none).shape).toEqual([0, 0])
    expect(numbers(grad((x: Vector) => sum(x) as never)(none))).toEqual([])
  })
})

describe('scale', () => {
  it('a chain of 10⁵ operations traces and differentiates in every mode', () => {
    const n = 100_000
    const f = (x: Scalar): Scalar => {
      let y: Scalar = x
      for (let i = 0; i < n; i++) y = add(y, 1)
      return y
    }
    const [y, dy] = valueAndGrad(f as never)(1)
    expect([item(y as never), item(dy as never)]).toEqual([n + 1, 1])
    expect(item(jvp(f as never, [1] as never, [1] as never)[1] as never)).toBe(1)
    expect(item(jit(grad(f as never))(1) as never)).toBe(1)
    expect(numbers(vmap(f as never)(tensor([1, 2]) as never))).toEqual([n + 1, n + 2])
  })
  it('a value used 10⁵ times collects that many cotangents', () => {
    const n = 100_000
    const f = (x: Scalar): Scalar => {
      let y: Scalar = 0
      for (let i = 0; i < n; i++) y = add(y, x)
      return y
    }
    expect(item(grad(f as never)(1) as never)).toBe(n)
  })
  it('a number read deep inside a chain is computed without the stack', () => {
    const f = (x: Scalar): Scalar => {
      let y: Scalar = x
      for (let i = 0; i < 50_000; i++) y = add(y, 1)
      return item(y) > 0 ? mul(y, 2) : y
    }
    expect(item(grad(f as never)(1) as never)).toBe(2)
  })
  it('tanh to the seventh derivative', () => {
    let f: (x: Scalar) => Scalar = (x) => tanh(x)
    for (let i = 0; i < 7; i++) f = grad(f as never) as never
    // tanh⁽⁷⁾(0) = −272
    expect(item(f(0))).toBeCloseTo(-272, 9)
    expect(item(jit(f as never)(0) as never)).toBeCloseTo(-272, 9)
    expect(item(cos(f(0)))).toBeCloseTo(Math.cos(-272), 9)
  })
})
