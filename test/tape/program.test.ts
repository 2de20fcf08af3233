/** Programs: traced, shown, run, and folded forwards with an algebra of one's own. */
import { pipe } from 'fp-ts/lib/function.js'
import {
  add,
  arange,
  customVjp,
  DTypeError,
  exp,
  grad,
  item,
  jit,
  matmul,
  mul,
  named,
  relu,
  type Scalar,
  ScopeError,
  type Shape,
  ShapeError,
  sin,
  sum,
  type Tensor,
  TreeError,
  take,
  tensor,
  toArray,
  where,
  zeros,
} from 'lanac'
import * as Tape from 'lanac/tape'
import { describe, expect, it } from 'vitest'

type Vector = Tensor<Shape, 'f64'>
const numbers = (x: unknown): unknown => toArray(x as Tensor)
const text = (...lines: readonly string[]): string => lines.join('\n')

describe('show', () => {
  it('a small network, with its author’s labels', () => {
    const model = (p: { readonly w: Tensor<[3, 2], 'f64'>; readonly b: Tensor<[2], 'f64'> }, x: Tensor<[3], 'f64'>) => {
      const h = named(add(matmul(x, p.w), p.b), 'before')
      return sum(pipe(h, (y) => mul(y, y), named('hidden')))
    }
    const program = Tape.trace(model)({ w: zeros([3, 2]), b: zeros([2]) }, zeros([3]))
    expect(Tape.show(program)).toMatchInlineSnapshot(`
      "%0 : f64[3, 2] input
      %1 : f64[2] input
      %2 : f64[3] input
      %3 = contract { a: [1], b: [1, 2], out: [2] } %2 %0 : f64[2]
      %4 = add %3 %1 : f64[2]
      %5 = named %4 : f64[2]  # before
      %6 = mul %5 %5 : f64[2]
      %7 = named %6 : f64[2]  # hidden
      %8 = sum [0] %7 : f64[]
      return %8"
    `)
  })

  it('constants by their numbers where they are few, else by their type, and what an outer trace knows', () => {
    let shown = ''
    grad((x: Scalar) => {
      const f = (y: Vector): Vector => {
        const z = where(tensor([true, false, true]), x, mul(y, tensor([1, -0, 2.5]))) as Vector
        return add(take(z, tensor([0, 1, 1, 0, 2], { dtype: 'i32' })), mul(2, arange(5))) as Vector
      }
      shown = Tape.show(Tape.trace(f)(zeros([3]) as Vector))
      return x
    })(2)
    expect(shown).toMatchInlineSnapshot(`
      "%0 : f64[3] input
      %1 = mul %0 [1, -0, 2.5] : f64[3]
      %2 = select [true, false, true] captured f64[3] %1 : f64[3]
      %3 = gather { batch: 0 } %2 i32[5] : f64[5]
      %4 = add %3 f64[5] : f64[5]
      return %4"
    `)
  })

  it('calls with their programs, each once; operations of several results by all their names', () => {
    const f = jit((x: Scalar) => mul(x, sin(x)))
    const both = customVjp(
      (x: Scalar) => [x, exp(x)] as const,
      (x) => [[x, exp(x)], null] as never,
      () => [0],
    )
    const program = Tape.trace((x: Scalar) => [f(add(x, 1)), f(x), ...both(x)])(2)
    expect(Tape.show(program)).toMatchInlineSnapshot(`
      "%0 : f64[] input
      %1 = add %0 1 : f64[]
      %2 = call jit %1 : f64[]
          %0 : f64[] input
          %1 = sin %0 : f64[]
          %2 = mul %0 %1 : f64[]
          return %2
      %3 = call jit %0 : f64[]
      %4, %5 = customVjp %0 : f64[], f64[]
      return %2, %3, %4, %5"
    `)
  })

  it('inputs and numbers handed on, and nothing at all', () => {
    expect(Tape.show(Tape.trace((x: Scalar) => ({ a: x, b: [2, x, -0] }))(3))).toBe(
      text('%0 : f64[] input', 'return %0, 2, %0, -0'),
    )
    expect(Tape.show(Tape.trace(() => ({}))())).toBe('return ')
  })
})

describe('trace', () => {
  it('takes arguments as the function does, numbers for scalars included', () => {
    const p = Tape.trace((o: { readonly x: Scalar; readonly mode: string }, k: Tensor<[], 'f64'>) => mul(o.x, k))(
      { x: 2, mode: 'm' },
      3,
    )
    expect(p.inputs.map((a) => [a.shape, a.dtype])).toEqual([
      [[], 'f64'],
      [[], 'f64'],
    ])
    expect(p.results.map((a) => a.shape)).toEqual([[]])
  })
  it('writes what is shared once', () => {
    const p = Tape.trace((x) => {
      const y = exp(x)
      return add(mul(y, y), y)
    })(1)
    expect(p.primitives.map((q) => q.name)).toEqual(['exp', 'mul', 'add'])
  })
  it('leaves out what no result needs', () => {
    const p = Tape.trace((x) => {
      exp(x)
      return sin(x)
    })(1)
    expect(p.primitives.map((q) => q.name)).toEqual(['sin'])
  })
  it('refuses a function that asks for numbers, or returns none', () => {
    expect(() => Tape.trace((x: Scalar) => item(x))(1)).toThrow('item: the numbers are not known while trace traces')
    expect(() => Tape.trace(() => undefined)()).toThrow('trace: the function returned nothing')
  })
})

describe('evalShape', () => {
  it('shapes without numbers, in the structure of the result', () => {
    const f = (x: Tensor<[4, 3], 'f64'>) => ({ y: matmul(x, zeros([3, 2])), n: 2, name: 'f' })
    expect(Tape.evalShape(f)(zeros([4, 3]))).toEqual({
      y: { shape: [4, 2], dtype: 'f64' },
      n: { shape: [], dtype: 'f64' },
      name: 'f',
    })
  })
  it('refuses what does not fit, as computing would', () => {
    expect(() => Tape.evalShape((x) => matmul(x as never, zeros([3, 2])))(zeros([4, 2]))).toThrow(ShapeError)
  })
})

describe('run', () => {
  const program = Tape.trace((x: Vector, o: { readonly k: Scalar }) => [mul(x, o.k), sum(x)])(zeros([2]) as Vector, {
    k: 0,
  })
  it('takes the arguments, or the list of their leaves', () => {
    expect(Tape.run(program)(tensor([1, 2]), { k: 3 }).map(numbers)).toEqual([[3, 6], 3])
    expect(Tape.run(program, [tensor([1, 2]), 3]).map(numbers)).toEqual([[3, 6], 3])
  })
  it('is a function like any other: of traced values too', () => {
    const f = (k: Scalar): Scalar => Tape.run(program)(tensor([1, 2]), { k })[0] as never
    expect(item(grad((k: Scalar) => sum(f(k) as never))(5))).toBe(3)
    expect(numbers(jit(f as never)(2))).toEqual([2, 4])
  })
  it('runs calls, several results and constants', () => {
    const g = jit((x: Scalar) => [x, exp(x)] as const)
    const p = Tape.trace((x: Scalar) => [...g(x), 7])(0)
    expect(Tape.run(p)(1).map(numbers)).toEqual([1, Math.E, 7])
  })
  it('refuses what the program was not traced for', () => {
    const refuses = (f: () => unknown, error: new (...args: never[]) => Error, message: string): void => {
      expect(f).toThrow(error)
      expect(f).toThrow(message)
    }
    refuses(
      () => Tape.run(program)(tensor([1, 2, 3]), { k: 3 }),
      ShapeError,
      'run: input 0 has shape [3], the program takes [2]; trace the function again for arguments of this shape',
    )
    refuses(
      () => Tape.run(program)(tensor([1, 2], { dtype: 'f32' }), { k: 3 }),
      DTypeError,
      "run: input 0 is f32, the program takes f64; convert it: convert(x, 'f64')",
    )
    refuses(
      () => Tape.run(program)(tensor([1, 2])),
      TreeError,
      'run: found 1 values for a program of 2 inputs; give the arguments that it was traced for, or their leaves in order',
    )
    let leaked: Tape.Program | undefined
    grad((x: Scalar) => {
      leaked = Tape.trace((y: Scalar) => mul(x, y))(1)
      return x
    })(1)
    refuses(() => Tape.run(leaked as Tape.Program)(2), ScopeError, 'mul: an argument is a value traced by grad')
  })
})

describe('right', () => {
  it('counts, with an algebra of numbers', () => {
    const program = Tape.trace((x) => {
      const y = exp(sin(x))
      return add(y, mul(y, 3))
    })(1)
    /** The longest path to each value. */
    const depth: Tape.Algebra<number> = {
      lift: () => 0,
      single: (_, __, args) => 1 + Math.max(0, ...args),
      many: (_, __, args) => [1 + Math.max(0, ...args)],
    }
    expect(Tape.right(program, [0], depth)).toEqual([4])
  })
  it('spells, with an algebra of texts', () => {
    const names: Tape.Algebra<string> = {
      lift: (v) => String(v),
      single: (p, _, args) => `${p.name}(${args.join(', ')})`,
      many: (p, _, args) => [`${p.name}(${args.join(', ')})`],
    }
    const program = Tape.trace((x, y) => relu(add(mul(x, y), y)))(1, 2)
    expect(Tape.right(program, ['x', 'y'], names)[0]).toContain('add(mul(x, y), y)')
  })
  it('is what values themselves do under the algebra of values', () => {
    const program = Tape.trace((x) => add(mul(x, x), 1))(1)
    expect(Tape.right(program, [tensor(3)], Tape.valueAlgebra).map(numbers)).toEqual([10])
  })
})

describe('close and inline', () => {
  it('close makes what is captured of an outer trace an input', () => {
    let closed: ReturnType<typeof Tape.close> | undefined
    grad((x: Scalar) => {
      closed = Tape.close(Tape.trace((y: Scalar) => add(mul(x, y), 2))(1))
      return x
    })(1)
    expect(closed?.captured.length).toBe(1)
    expect(Tape.run(closed?.program as Tape.Program, [3, 4]).map(numbers)).toEqual([14])
  })
  it('inline writes calls out, however deeply nested', () => {
    const f = jit((x: Scalar) => exp(x))
    const g = jit((x: Scalar) => mul(f(x), f(sin(x))))
    const program = Tape.trace((x: Scalar) => add(g(x), f(x)))(1)
    expect(program.primitives.map((p) => p.name)).toEqual(['call', 'call', 'add'])
    const flat = Tape.inline(program)
    expect(flat.primitives.map((p) => p.name)).toEqual(['exp', 'sin', 'exp', 'mul', 'exp', 'add'])
    expect(Tape.run(flat, [0.5]).map(numbers)).toEqual(Tape.run(program, [0.5]).map(numbers))
    expect(Tape.entryCount(flat)).toBe(6)
  })
})
