/** Control flow in every mode and nest, against the same thing written out in JS. */
import {
  add,
  cond,
  convert,
  cos,
  customVjp,
  div,
  exp,
  grad,
  greater,
  item,
  jit,
  less,
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
  vmap,
} from 'lanac'
import { describe, expect, it } from 'vitest'
import { agree, close, modes, numbers, stack, type T, w, x } from './nests.js'

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
