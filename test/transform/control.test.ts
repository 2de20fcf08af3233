/** Control flow in every mode and nest, against the same thing written out in JS. */
import {
  add,
  cond,
  convert,
  cos,
  customVjp,
  div,
  exp,
  fori,
  grad,
  greater,
  hessian,
  hvp,
  item,
  jacfwd,
  jacrev,
  jit,
  jvp,
  less,
  linearize,
  log,
  matmul,
  mul,
  neg,
  type Scalar,
  type Shape,
  scan,
  sin,
  square,
  stopGradient,
  sum,
  type Tensor,
  tanh,
  tensor,
  toArray,
  vjp,
  vmap,
} from 'lanac'
import * as Tape from 'lanac/tape'
import { describe, expect, it } from 'vitest'
import type { ScanParams } from '../../src/primitive/scan.js'
import type { Program } from '../../src/tape/program.js'

type T = Tensor<Shape, 'f64'>
type F = (x: T) => T

const flat = (y: unknown): number[] =>
  typeof y === 'number' ? [y] : Array.isArray(y) ? y.flatMap(flat) : y === null ? [] : flat(toArray(y as Tensor))
const close = (found: unknown, expected: unknown): void => {
  const [f, e] = [flat(found), flat(expected)]
  expect(f.length).toBe(e.length)
  f.forEach((v, i) => {
    expect(Math.abs(v - (e[i] as number))).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(e[i] as number)))
  })
}

/** Every nest of verbs that a function of one vector goes through, with the same answer for the same function. */
const modes: Readonly<Record<string, (f: F) => (x: T) => unknown>> = {
  value: (f) => f,
  jit: (f) => jit(f),
  gradient: (f) => grad((x: T) => sum(f(x))),
  'gradient of jit': (f) => grad((x: T) => sum(jit(f)(x))),
  'jit of gradient': (f) => jit(grad((x: T) => sum(f(x)))),
  'jvp of jit': (f) => (x) => jvp(jit(f) as F, [x], [cos(x)])[1],
  jacobians: (f) => (x) => [jacfwd(f)(x), jacrev(f)(x)],
  hessian: (f) => hessian((x: T) => sum(square(f(x)))),
  'gradient of jvp': (f) => grad((x: T) => sum(jvp(f, [x], [cos(x) as T])[1] as T)),
  'jvp of gradient': (f) => (x) => hvp((y: T) => sum(f(y)), x, cos(x) as never),
  'gradient of gradient of gradient': (f) =>
    grad((x: T) => sum(square(grad((y: T) => sum(sin(grad((z: T) => sum(f(z)))(y) as T)))(x) as T))),
  'gradient of vmap': (f) => grad((x: T) => sum(mul(vmap(f)(stack(x)) as T, 2))),
  'vmap of gradient': (f) => (x) => vmap(grad((y: T) => sum(f(y))) as never)(stack(x) as never),
  'jit of vmap of gradient of jit': (f) => (x) =>
    jit((y: T) => vmap(grad((z: T) => sum(jit(f)(z))) as never)(stack(y) as never))(x),
  'vmap of vmap': (f) => (x) => vmap((y: T) => vmap(f)(stack(y)) as T)(stack(x)),
  'vmap of linearize': (f) => (x) => vmap((v: T) => linearize(f, x)[1](v as never) as T)(stack(x)),
  'vmap of pullback': (f) => (x) => vmap((w: T) => vjp(f, x)[1](mul(w, f(x)) as never)[0] as T)(stack(x)),
}

const stack = (x: T): T => mul(tensor([[1], [0.5], [-0.75]]), x) as T

const agree = (f: F, g: F, x: T): void => {
  for (const [name, mode] of Object.entries(modes)) it(name, () => close(mode(f)(x), mode(g)(x)))
}

const x = tensor([0.3, -0.5]) as T
const w = tensor([
  [0.5, -1],
  [0.75, 0.25],
]) as T
const numbers = [0.5, -1, 2]

describe('scan in every nest is the loop', () => {
  describe('a carry and stacks', () => {
    const step = (c: T, k: Tensor | number): readonly [T, T] => [
      add(sin(matmul(w as never, mul(c, k) as never)), square(c)) as T,
      mul(c, k) as T,
    ]
    agree(
      (c) => {
        const [last, ys] = scan(step, c, tensor(numbers))
        return add(last, sum(exp(ys), { axis: 0 })) as T
      },
      (c) => {
        let [total, carry] = [tensor([0, 0]) as T, c]
        for (const k of numbers) {
          const [next, y] = step(carry, k)
          total = add(total, exp(y)) as T
          carry = next
        }
        return add(carry, total) as T
      },
      x,
    )
  })
  describe('values that are closed over, backwards', () => {
    agree(
      (c) => {
        const scale = exp(c)
        const [last] = scan((y: T, row: T) => [tanh(add(mul(y, scale), mul(row, c))) as T, null], c, w as T, {
          reverse: true,
        })
        return last as T
      },
      (c) => {
        const scale = exp(c)
        let y = c
        for (const row of [
          [0.75, 0.25],
          [0.5, -1],
        ])
          y = tanh(add(mul(y, scale), mul(tensor(row), c))) as T
        return y
      },
      x,
    )
  })
  describe('a carry without derivative beside one with', () => {
    agree(
      (c) =>
        scan(
          ({ y, n }: { y: T; n: Tensor<[], 'i32'> }) =>
            [{ y: mul(sin(y), convert(n, 'f64')) as T, n: add(n, 1) as Tensor<[], 'i32'> }, null] as const,
          { y: c, n: convert(tensor(1), 'i32') as Tensor<[], 'i32'> },
          null,
          { length: 3 },
        )[0].y,
      (c) => mul(sin(mul(sin(mul(sin(c), 1)), 2)), 3) as T,
      x,
    )
  })
  describe('a carry that becomes active, or batched, in later steps only', () => {
    agree(
      (c) =>
        scan(
          ([p, q, r]: [T, T, T], row: T) => [[add(q, row), r, mul(c, r)] as [T, T, T], mul(p, q) as T] as const,
          [tensor([0, 0]), tensor([1, 2]), tensor([0.5, 1])] as [T, T, T],
          tensor([
            [1, 2],
            [3, 4],
            [5, 6],
            [7, 8],
          ]) as T,
        )[1] as T,
      (c) => {
        let [p, q, r] = [tensor([0, 0]) as T, tensor([1, 2]) as T, tensor([0.5, 1]) as T]
        const rows: T[] = []
        for (const row of [
          [1, 2],
          [3, 4],
          [5, 6],
          [7, 8],
        ]) {
          rows.push(mul(p, q) as T)
          ;[p, q, r] = [add(q, tensor(row)) as T, r, mul(c, r) as T]
        }
        const unit = [0, 1, 2, 3].map((i) => tensor([0, 1, 2, 3].map((k) => [k === i ? 1 : 0])))
        return rows.reduce((total, y, i) => add(total, mul(unit[i] as T, y)) as T, tensor([[0], [0], [0], [0]]) as T)
      },
      x,
    )
  })
  describe('scan in scan', () => {
    agree(
      (c) =>
        scan(
          (y: T, k: Tensor) => [
            scan((z: T, j: Tensor) => [sin(add(mul(z, k), mul(c, j))) as T, null], y, tensor([1, 2]))[0] as T,
            null,
          ],
          c,
          tensor(numbers),
        )[0] as T,
      (c) => {
        let y = c
        for (const k of numbers) for (const j of [1, 2]) y = sin(add(mul(y, k), mul(c, j))) as T
        return y
      },
      x,
    )
  })
  describe('no steps', () => {
    agree(
      (c) => {
        const [last, ys] = scan((y: T) => [sin(y) as T, y], c, null, { length: 0 })
        return add(last, sum(ys as T, { axis: 0 })) as T
      },
      (c) => mul(c, 1) as T,
      x,
    )
  })
})

describe('cond in every nest is the branch', () => {
  describe('each way', () => {
    const f = (c: T): T =>
      cond(
        greater(sum(c), 0),
        (y: T) => mul(sin(y), exp(c)) as T,
        (y: T) => div(square(y), add(2, cos(c))) as T,
        c,
      ) as T
    for (const at of [x, neg(x) as T])
      describe(`sum ${item(sum(at)) > 0 ? 'above' : 'below'} 0`, () => {
        // stack holds examples of either sign: each is the branch it takes, sign by sign
        const written = (c: T): T => {
          const p = item(stopGradient(sum(c))) > 0
          return p ? (mul(sin(c), exp(c)) as T) : (div(square(c), add(2, cos(c))) as T)
        }
        for (const name of ['value', 'gradient', 'jvp of gradient', 'gradient of jvp', 'hessian', 'jacobians'])
          it(name, () => close(modes[name]?.(f)(at), modes[name]?.(written)(at)))
        it('jit', () => close(jit(f)(at), written(at)))
        it('jit of gradient', () => close(jit(grad((y: T) => sum(f(y))))(at), grad((y: T) => sum(written(y)))(at)))
        it('vmap', () =>
          close(
            vmap(f)(stack(at)),
            [1, 0.5, -0.75].map((k) => written(mul(at, k) as T)),
          ))
        it('vmap of gradient', () =>
          close(
            modes['vmap of gradient']?.(f)(at),
            [1, 0.5, -0.75].map((k) => grad((y: T) => sum(written(y)))(mul(at, k) as T)),
          ))
      })
  })
  describe('in a scan, and a scan in it', () => {
    agree(
      (c) =>
        scan(
          (y: T, k: Tensor) => [
            cond(
              greater(k, 0),
              (z: T) => scan((u: T, j: Tensor) => [sin(mul(u, add(j, k))) as T, null], z, tensor([1, 2]))[0] as T,
              (z: T) => add(mul(z, c), k) as T,
              y,
            ) as T,
            null,
          ],
          c,
          tensor(numbers),
        )[0] as T,
      (c) => {
        let y = c
        for (const k of numbers)
          if (k > 0) for (const j of [1, 2]) y = sin(mul(y, j + k)) as T
          else y = add(mul(y, c), k) as T
        return y
      },
      x,
    )
  })
  it('calls the branch alone where the truth value is known', () => {
    const never = (): never => {
      throw new Error('called')
    }
    expect(item(cond(true, (y: Scalar) => mul(y, 2), never as never, 3) as Scalar)).toBe(6)
    expect(item(cond(less(1, 0), never as never, (y: Scalar) => mul(y, 3), 3) as Scalar)).toBe(9)
  })
  it('runs one branch alone: what is not taken makes no NaN and takes no time', () => {
    let ran = 0
    const counted = customVjp(
      (y: Scalar) => {
        ran++
        return log(y)
      },
      (y: Scalar) => [log(y), y] as const,
      (y: Scalar, ct) => [div(ct as Scalar, y)],
    )
    const f = (y: Scalar) =>
      cond(
        greater(y, 0),
        (z: Scalar) => counted(z) as Scalar,
        (z: Scalar) => neg(z),
        y,
      ) as Scalar
    expect(item(grad(f)(-2))).toBe(-1)
    expect(item(grad(f)(2))).toBe(0.5)
    expect(ran).toBeGreaterThan(0)
    close(vmap(grad(f) as never)(tensor([-2, 2, 0]) as never), [-1, 0.5, -1])
  })
  it('numbers adapt to the other branch', () => {
    const f = (y: Tensor<Shape, 'f32'>) =>
      cond(
        greater(sum(y), 0),
        () => 0,
        (z) => sum(z),
        y,
      )
    expect((jit(f)(tensor([1, 2], { dtype: 'f32' })) as Tensor).dtype).toBe('f32')
    expect((jit(f)(tensor([-1, -2], { dtype: 'f32' })) as Tensor).dtype).toBe('f32')
  })
})

describe('fori', () => {
  describe('in every nest is the loop', () => {
    agree(
      (c) => fori(2, 5, (i, y) => sin(add(mul(y as T, convert(i, 'f64')), c)) as T, c) as T,
      (c) => sin(add(mul(sin(add(mul(sin(add(mul(c, 2), c)), 3), c)), 4), c)) as T,
      x,
    )
  })
  it('counts from the first bound up to the second', () => {
    const counts = (from: number, to: number) =>
      toArray(fori(from, to, (i, c) => add(mul(c, 10), convert(i, 'f64')) as Tensor<[], 'f64'>, 0))
    expect(counts(1, 4)).toBe(123)
    expect(counts(3, 3)).toBe(0)
    expect(counts(5, 3)).toBe(0)
    expect(counts(-1, 2)).toBe(-99)
  })
  it('takes bounds that are known while something is differentiated', () => {
    const f = (y: Scalar) => fori(0, convert(y, 'i32'), (_, c) => mul(c, y) as Tensor<[], 'f64'>, 1)
    expect(item(grad(f)(3))).toBe(27)
  })
  it('whole numbers stay whole', () => {
    const zero = convert(0, 'i32')
    const n = fori(0, 5, (i, c) => add(c, i), zero)
    expect([n.dtype, item(n)]).toEqual(['i32', 10])
  })
})

describe('what it costs', () => {
  it('the function is traced once', () => {
    let calls = 0
    const f = (y: Scalar) =>
      scan(
        (c: Scalar) => {
          calls++
          return [sin(c), null] as const
        },
        y,
        null,
        { length: 50 },
      )[0] as Scalar
    grad(f)(1)
    expect(calls).toBe(1)
  })
  it('a start of another element type is met by tracing again', () => {
    const [last] = scan((c, y: Tensor) => [add(c, y), null], 0, tensor([1, 2], { dtype: 'f32' }))
    expect([last.dtype, item(last)]).toEqual(['f32', 3])
  })
  it('a hundred thousand steps run and differentiate', () => {
    const n = 100_000
    const f = (y: Scalar) => fori(0, n, (_, c) => mul(c, y) as Tensor<[], 'f64'>, 1)
    const at = 1 + 1e-5
    close(item(f(at)), at ** n)
    close(item(grad(f)(at)), n * at ** (n - 1))
    close(item(jvp(f, [at], [1])[1] as Scalar), n * at ** (n - 1))
    const second = n * (n - 1) * at ** (n - 2)
    expect(Math.abs(item(grad(grad(f))(at)) / second - 1)).toBeLessThan(1e-9)
  })
  it('what all steps share is not kept for each of them', () => {
    const big = tensor(Array.from({ length: 20 }, (_, i) => Array.from({ length: 20 }, (_, j) => Math.sin(i * 20 + j))))
    const f = (m: T) =>
      sum(
        scan((h: T) => [tanh(matmul(m as never, h as never)) as T, null], tensor(Array(20).fill(1)) as T, null, {
          length: 7,
        })[0] as T,
      )
    const program = Tape.trace(((m: T) => grad(f)(m)) as never)(big as never) as Program
    const stacked = program.primitives.flatMap((p, k) =>
      p.name === 'scan'
        ? (program.params[k] as ScanParams).program.results.slice((program.params[k] as ScanParams).carry)
        : [],
    )
    expect(stacked.length).toBeGreaterThan(0)
    expect(stacked.every((r) => r.shape.reduce((n, m) => n * m, 1) <= 20)).toBe(true)
    const loop = (m: T) => {
      let h = tensor(Array(20).fill(1)) as T
      for (let i = 0; i < 7; i++) h = tanh(matmul(m as never, h as never)) as T
      return sum(h)
    }
    close(grad(f)(big as never), grad(loop)(big as never))
  })
  it('compiled, its programs are compiled as well, loops in loops and branches too', () => {
    const wide = (n: number, k: number) =>
      tensor(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Math.sin(k + i * n + j) / 4)))
    const f = (m: T) => {
      const [last, ys] = scan(
        (h: T, row: T) => {
          const next = fori(0, 2, (_, g) => tanh(matmul(m as never, add(g, row) as never)) as T, h)
          const kept = cond(
            greater(sum(next), 0.5),
            (y: T) => square(y) as T,
            (y: T) => sin(y) as T,
            next,
          )
          return [kept, sum(mul(kept, h))]
        },
        tensor(Array(9).fill(0.5)) as T,
        wide(9, 3) as T,
      )
      return add(sum(last), sum(exp(ys)))
    }
    const m = wide(9, 0) as T
    close(jit(f)(m), f(m))
    close(jit(grad(f))(m), grad(f)(m))
    close(jit(grad((y: T) => sum(square(grad(f)(y)))))(m), grad((y: T) => sum(square(grad(f)(y))))(m))
    close(jit(vmap(f as never) as never)(tensor([toArray(m), toArray(m)] as never) as never), [item(f(m)), item(f(m))])
  })
  it('programs inside are shown', () => {
    const text = Tape.show(Tape.trace((y) => scan((c, k: Tensor) => [add(c, k), null], 0, y)[0])(tensor([1, 2])))
    expect(text.split('\n')).toEqual([
      '%0 : f64[2] input',
      '%1 = scan { constants: 0, carry: 1, length: 2, reverse: false } 0 %0 : f64[]',
      '    %0 : f64[] input',
      '    %1 : f64[] input',
      '    %2 = add %0 %1 : f64[]',
      '    return %2',
      'return %1',
    ])
  })
})

describe('rules and scans', () => {
  it('a backward function may scan, with a count beside the cotangent, and forward mode transposes it', () => {
    // y = 6 x, by a backward function that adds ct, 2 ct, 3 ct
    const f = customVjp(
      (y: Scalar) => mul(y, 6) as Scalar,
      (y: Scalar) => [mul(y, 6), null] as never,
      (_: null, ct) => [
        scan(
          ({ n, total }: { n: Tensor; total: Tensor }) =>
            [{ n: add(n, 1), total: add(total, mul(n, ct as Scalar)) }, null] as const,
          { n: tensor(1), total: tensor(0) } as { readonly n: Tensor; readonly total: Tensor },
          null,
          { length: 3 },
        )[0].total as Tensor<[], 'f64'>,
      ],
    )
    expect(item(grad(f as (y: Scalar) => Scalar)(5))).toBe(6)
    expect(item(jvp(f as (y: Scalar) => Scalar, [5], [1])[1] as Scalar)).toBe(6)
    close(vmap(grad(f as (y: Scalar) => Scalar) as never)(tensor([1, 2]) as never), [6, 6])
  })
  it('a backward function that scans and is not linear is refused', () => {
    const f = customVjp(
      (y: Scalar) => mul(y, 2) as Scalar,
      (y: Scalar) => [mul(y, 2), null] as never,
      (_: null, ct) => [scan((c: Scalar) => [add(c, 1), null], ct as Scalar, null, { length: 2 })[0]],
    )
    expect(() => jvp(f as (y: Scalar) => Scalar, [5], [1])[1]).toThrow(/has to be linear in the cotangent/)
  })
})
