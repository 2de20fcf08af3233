/** tap: what is printed, when, and how often. */
import {
  add,
  cond,
  customVjp,
  exp,
  fori,
  grad,
  greater,
  hessian,
  item,
  jit,
  jvp,
  mul,
  named,
  type Scalar,
  type Shape,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  take as take_,
  tap,
  tensor,
  toArray,
  valueAndGrad,
  vmap,
} from 'lanac'
import { afterEach, describe, expect, it, vi } from 'vitest'

type Any = (...args: readonly unknown[]) => unknown
type Vector = Tensor<Shape, 'f64'>

/** A place to print to, and what has been printed there since it was last asked. */
const sink = () => {
  let lines: (readonly [string, unknown])[] = []
  return {
    print: (label: string, value: Tensor): void => {
      lines.push([label, toArray(value)])
    },
    take: (): readonly (readonly [string, unknown])[] => {
      const taken = lines
      lines = []
      return taken
    },
  }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('tap on the console', () => {
  it('prints the label and the value as NumPy does, at once', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    expect(toArray(tap('x', tensor([1, 2.5])))).toEqual([1, 2.5])
    tap('m', tensor([[1, 2], [3, 40]])) // biome-ignore format: a matrix
    tap('n', 3)
    tap('b')(tensor([true, false]))
    expect(log.mock.calls).toEqual([
      ['x: [1.  2.5]'],
      ['m:\n[[ 1.  2.]\n [ 3. 40.]]'],
      ['n: 3.0'],
      ['b: [ True False]'],
    ])
  })

  it('prints each time a compiled function runs', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const f = jit((x: Vector) => sum(tap('twice', mul(x, 2))))
    expect(log).not.toHaveBeenCalled()
    for (let i = 0; i < 3; i++) f(tensor([i, 1]))
    expect(log.mock.calls.map((c) => c[0])).toEqual(['twice: [0. 2.]', 'twice: [2. 2.]', 'twice: [4. 2.]'])
  })

  it('returns the tensor itself, also from a function that waits for it', () => {
    const { print, take } = sink()
    const x = tensor([1, 2])
    expect(tap('x', x, { print })).toBe(x)
    expect(tap('y', { print })(x)).toBe(x)
    expect(take()).toEqual([['x', [1, 2]], ['y', [1, 2]]]) // biome-ignore format: two lines
  })

  it('refuses other labels, options and values', () => {
    const wrong = tap as never as Any
    expect(() => wrong(tensor([1]), 'x')).toThrow(
      'tap: the label has to be a string, found a value; the label comes first',
    )
    expect(() => wrong('x', 1, { to: print })).toThrow("tap: there is no option 'to'; options are print")
    expect(() => wrong('x', 1, { print: 1 })).toThrow('tap: print has to be a function, found a number')
    expect(() => wrong('x', [1])).toThrow('tap: takes a tensor or a number, found an array of 1')
  })
})

const print = (): void => {}

describe('a tap inside', () => {
  const { print, take } = sink()
  const f = (x: Scalar): Scalar => {
    const y = tap('x²', square(tap('x', x, { print })), { print })
    return mul(y, 3) as Scalar
  }
  const once = [['x', 2], ['x²', 4]] // biome-ignore format: two lines

  it('derivatives prints the value once', () => {
    expect(item(grad(f)(2))).toBe(12)
    expect(take()).toEqual(once)
    expect(valueAndGrad(f)(2).map((v) => item(v as Scalar))).toEqual([12, 12])
    expect(take()).toEqual(once)
    expect(jvp(f, [2], [1] as never).map((v) => item(v as Scalar))).toEqual([12, 12])
    expect(take()).toEqual(once)
    expect(item(hessian(f as never)(2 as never) as Scalar)).toBe(6)
    expect(take()[0]).toEqual(['x', 2])
  })

  it('compiled derivatives too, in any nest, also where the derivative does not need it', () => {
    const cases: readonly [string, Any][] = [
      ['jit grad', jit(grad(f)) as Any],
      ['jit grad jit', jit(grad(jit(f) as never)) as Any],
      ['grad jit', grad(jit(f) as never) as Any],
      ['jit jit', jit(jit(f) as never) as Any],
      ['jit jvp', jit((x: Scalar) => jvp(f, [x], [1] as never)) as Any],
    ]
    for (const [name, g] of cases)
      for (let i = 0; i < 2; i++) {
        g(2)
        expect([name, take()]).toEqual([name, once])
      }
    const linear = jit(grad((x: Scalar) => mul(tap('x', x, { print }), 3) as Scalar))
    expect(item(linear(5))).toBe(3)
    expect(take()).toEqual([['x', 5]])
  })

  it('vmap prints the stack', () => {
    const stack = [['x', [1, 2]], ['x²', [1, 4]]] // biome-ignore format: two lines
    expect(toArray(vmap(f)(tensor([1, 2])))).toEqual([3, 12])
    expect(take()).toEqual(stack)
    expect(toArray(jit(vmap(f))(tensor([1, 2])))).toEqual([3, 12])
    expect(take()).toEqual(stack)
    expect(toArray(jit(vmap(grad(f)))(tensor([1, 2])))).toEqual([6, 12])
    expect(take()).toEqual(stack)
  })

  it('jit is printed even where nothing is made of it', () => {
    const g = jit((x: Scalar) => {
      tap('lost', exp(x), { print })
      return add(x, 1)
    })
    expect(item(g(0) as Scalar)).toBe(1)
    expect(take()).toEqual([['lost', 1]])
  })

  it('jit is printed as often as it was written, and keeps the results of the function as they are', () => {
    const g = jit((x: Vector) => {
      const y = sin(x)
      return { a: tap('y', y, { print }), b: tap('y', y, { print }), n: tap('n', 2, { print }), x }
    })
    expect(take()).toEqual([])
    const out = g(tensor([0, 0])) as Readonly<Record<string, Tensor>>
    expect(Object.keys(out)).toEqual(['a', 'b', 'n', 'x'])
    expect(toArray(out.a as Tensor)).toEqual([0, 0])
    expect(take()).toEqual([['n', 2], ['y', [0, 0]], ['y', [0, 0]]]) // biome-ignore format: three lines
  })

  it('what a JS number becomes still adapts', () => {
    const g = jit((x: Tensor<Shape, 'f32'>, rate: number) => mul(x, tap('rate', rate as never, { print }) as never))
    const y = g(tensor([1, 2], { dtype: 'f32' }), 0.5) as Tensor
    expect([y.dtype, toArray(y)]).toEqual(['f32', [0.5, 1]])
    expect(take()).toEqual([['rate', 0.5]])
  })

  it('compiled functions prints what is stored, with integers, truth values and named parts', () => {
    const g = jit((x: Tensor<[3], 'i32'>) => {
      const big = tap('big', greater(x, 1), { print })
      return [tap('h', named(mul(x, 2), 'h'), { print }), big]
    })
    g(tensor([0, 1, 2], { dtype: 'i32' }))
    expect(take()).toEqual([['big', [false, false, true]], ['h', [0, 2, 4]]]) // biome-ignore format: two lines
  })

  it('two functions of one structure prints each to its own place', () => {
    const other = sink()
    const make = (p: typeof print) => jit((x: Scalar) => exp(tap('x', x, { print: p })))
    make(print)(1)
    make(other.print)(2)
    expect(take()).toEqual([['x', 1]])
    expect(other.take()).toEqual([['x', 2]])
  })

  it('control flow prints at each step, compiled or not', () => {
    const step = (c: Scalar, x: Scalar) => {
      const next = tap('c', add(c, x), { print }) as Scalar
      return [next, next] as const
    }
    const total = (xs: Vector): Scalar => scan(step as never, 0 as never, xs as never)[0] as Scalar
    const steps = [['c', 1], ['c', 3], ['c', 6]] // biome-ignore format: three lines
    const xs = tensor([1, 2, 3])
    for (const g of [total, jit(total), jit(total)]) {
      expect(item(g(xs) as Scalar)).toBe(6)
      expect(take()).toEqual(steps)
    }
    toArray(jit(grad(total as never))(xs as never) as Tensor)
    expect(take()).toEqual(steps)
    const before = jit((v: Vector) => mul(tap('sum', total(tap('xs', v, { print })), { print }), 2))
    before(xs)
    expect(take()).toEqual([['xs', [1, 2, 3]], ...steps, ['sum', 6]])

    const loop = jit((x: Scalar) =>
      fori(0, 3, ((_: Scalar, c: Scalar) => tap('c', mul(c, 2), { print })) as never, x as never),
    )
    loop(1)
    expect(take()).toEqual([['c', 2], ['c', 4], ['c', 8]]) // biome-ignore format: three lines
    const branch = jit((x: Scalar) =>
      cond(
        greater(x, 0) as never,
        (v: Scalar) => tap('above', v, { print }),
        (v: Scalar) => tap('below', v, { print }),
        x,
      ),
    )
    branch(1)
    branch(-1)
    expect(take()).toEqual([['above', 1], ['below', -1]]) // biome-ignore format: two lines
  })

  it('loops print at each step of every run, also where they read nothing of their rows', () => {
    const counted = (xs: Vector): Scalar =>
      scan(
        ((c: Scalar) => [tap('c', mul(c, 2), { print }), null]) as never,
        tensor(1) as never,
        xs as never,
      )[0] as Scalar
    const g = jit(counted)
    for (let i = 0; i < 2; i++) {
      expect(item(g(tensor([5, 6])) as Scalar)).toBe(4)
      expect(take()).toEqual([['c', 2], ['c', 4]]) // biome-ignore format: two lines
    }
  })

  it('what is known once calls are written out is printed by every run, beside control flow too', () => {
    const scaled = jit((x: Scalar, b: Scalar) => mul(x, tap('b', mul(b, 3), { print })))
    const g = jit((x: Scalar) =>
      fori(0, 2, ((_: Scalar, c: Scalar) => add(c, 1)) as never, scaled(x, tensor(2)) as never),
    )
    for (let i = 0; i < 2; i++) {
      expect(item(g(tensor(1)) as Scalar)).toBe(8)
      expect(take()).toEqual([['b', 6]])
    }
  })

  it('custom rules prints what they compute', () => {
    const g = customVjp(
      (x: Scalar) => square(tap('value', x, { print })) as Scalar,
      (x: Scalar) => [square(tap('forward', x, { print })) as Scalar, x] as const,
      (x: Scalar, ct: Scalar) => [tap('back', mul(ct, mul(x, 2)), { print }) as Scalar] as const,
    )
    for (let i = 0; i < 2; i++) jit(g)(3)
    expect(take()).toEqual([['value', 3], ['value', 3]]) // biome-ignore format: two lines
    const derivative = jit(grad(g))
    for (let i = 0; i < 2; i++) {
      expect(item(derivative(3))).toBe(6)
      expect(take()).toEqual([['forward', 3], ['back', 6]]) // biome-ignore format: two lines
    }
  })

  it('a program that fails prints what it has computed before it does', () => {
    const g = jit((x: Vector, i: Tensor<[1], 'i32'>) => take_(tap('x', mul(x, 2), { print }), i))
    const at = (i: number): Tensor<[1], 'i32'> => tensor([i], { dtype: 'i32' }) as never
    expect(toArray(g(tensor([1, 2]), at(1)))).toEqual([4])
    expect(take()).toEqual([['x', [2, 4]]])
    expect(() => g(tensor([1, 2]), at(5))).toThrow('5')
    expect(take()).toEqual([['x', [2, 4]]])
  })
})
