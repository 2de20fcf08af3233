import * as fc from 'fast-check'
import {
  add,
  type DType,
  exp,
  explain,
  grad,
  jit,
  matmul,
  mul,
  profile,
  relu,
  type Scalar,
  scan,
  square,
  sum,
  type Tensor,
  take,
  tensor,
  toArray,
  vmap,
  zeros,
} from 'lanac'
import { describe, expect, it } from 'vitest'
import { decode, fill, genome, pool } from '../../laws/random-program.js'
import { HELPERS } from '../../src/engine/js/lanes.js'

const matrix = (m: number, n: number, dtype: DType = 'f32') => zeros([m, n], { dtype })

describe('explain', () => {
  it('names what is fused, in the order of the tape', () => {
    const e = explain((x: Tensor) => sum(mul(exp(x), add(x, 1))))(zeros([50]))
    expect(e.target).toBe('wasm')
    expect(e.operations).toBe(e.kernels.flatMap((k) => k.operations).length)
    expect(e.kernels.map((k) => k.operations)).toEqual([['exp', 'add', 'mul', 'sum']])
  })

  it('is of the target and the threads that a function of jit has, unless others are asked for', () => {
    const [a, b] = [matrix(256, 256), matrix(256, 256)]
    const product = (x: Tensor, y: Tensor) => matmul(x, y)
    const text = (f: typeof product, options = {}) => String(explain(f, options)(a, b))
    expect(text(jit(product, { threads: 2 }))).toMatch(/among threads/)
    expect(text(jit(product, { threads: 1 }))).not.toMatch(/among threads/)
    expect(text(jit(product, { threads: 1 }), { threads: 2 })).toMatch(/among threads/)
    expect(explain(jit(product, { target: 'js' }))(a, b).target).toBe('js')
    expect(explain(jit(product, { target: 'js' }), { target: 'wasm' })(a, b).target).toBe('wasm')
    expect(String(profile(jit(product, { target: 'js' }))(matrix(2, 2), matrix(2, 2)))).toMatch(/µs a run/)
  })

  it('counts what a product of matrices computes and moves', () => {
    const [m, k, n] = [3, 5, 7]
    const e = explain((a: Tensor, b: Tensor) => matmul(a, b))(matrix(m, k), matrix(k, n))
    expect(e.kernels).toHaveLength(1)
    expect(e.kernels[0]).toMatchObject({ flops: 2 * m * k * n, read: 4 * (m * k + k * n), written: 4 * m * n })
    expect(e.kernels[0]?.nests[0]).toMatchObject({
      loops: [
        { name: 'i0', size: m },
        { name: 'i1', size: n },
      ],
      folded: [{ name: 'k0', size: k }],
    })
    expect(e.bytes).toEqual({ inputs: 4 * (m * k + k * n), outputs: 4 * m * n, constants: 0 })
  })

  it('puts bias and activation into the kernel of their product, and says which loop runs in vectors', () => {
    const layer = (x: Tensor, w: Tensor, b: Tensor) => relu(add(matmul(x, w), b))
    const e = explain(layer)(matrix(4, 8), matrix(8, 16), zeros([16], { dtype: 'f32' }))
    expect(e.kernels).toHaveLength(1)
    expect(e.kernels[0]?.operations[0]).toBe('contract')
    expect(e.kernels[0]?.nests.some((n) => n.vectors?.lanes === 4)).toBe(true)
  })

  it('reads of a gather the rows that are taken', () => {
    const rows = tensor([1, 0, 1], { dtype: 'i32' })
    const e = explain((x: Tensor) => take(x, rows, { axis: 0 }))(zeros([100, 8]))
    expect(e.kernels.find((k) => k.operations.includes('gather'))).toMatchObject({
      read: 8 * 3 * 8 + 4 * 3,
      written: 8 * 3 * 8,
    })
  })

  it('says the same of a function and of its compiled form', () => {
    const f = (x: Tensor) => sum(square(exp(x)))
    expect(String(explain(jit(f))(zeros([9])))).toBe(String(explain(f)(zeros([9]))))
  })

  it('shows the tape, and the program in both languages', () => {
    const e = explain((x: Tensor) => sum(exp(x)))(zeros([6]))
    expect(e.tape().split('\n')[1]).toBe('%1 = exp %0 : f64[6]')
    expect(e.emitted.text()).toMatch(/\(func \$kernel0/)
    const made = new Function(...Object.keys(HELPERS), e.emitted.js())(...Object.values(HELPERS))
    const y = new Float64Array(1)
    made.run(Float64Array.of(0, 0, 0, 0, 0, Math.log(3)), y)
    expect(y[0]).toBeCloseTo(8, 12)
    expect(made.kernels).toHaveLength(e.kernels.length)
  })

  it('explains inside a trace', () => {
    let kernels = -1
    grad((x: Scalar) => {
      kernels = explain((y: Scalar) => mul(x, exp(y)))(x).kernels.length
      return x
    })(2)
    expect(kernels).toBe(1)
  })

  it('says what is left to the evaluator', () => {
    const f = (x: Tensor<[4], 'f64'>) => scan((carry: Scalar, y: Scalar) => [add(carry, y), carry] as const, 0, x)
    const e = explain(f)(zeros([4]))
    if (e.target === 'evaluator') expect(e.kernels).toEqual([])
    expect(String(e)).toContain(e.target === 'evaluator' ? 'run by the evaluator' : 'kernel0')
    expect(String(profile(f)(zeros([4])))).toContain('µs a run')
  })

  it('plans memory without two values in one place at one time', () => {
    const number = (kernel: string): number => Number(kernel.slice('kernel'.length))
    let shared = 0
    fc.assert(
      fc.property(genome(12), pool(-16, 16), (g, x) => {
        const { f, inputs } = decode(g)
        const e = explain((...xs: Tensor[]) => f(xs))(...inputs.map((r, i) => fill(r, x, i)))
        const { values, workspace, unshared } = e.memory
        for (const v of values) expect(v.offset + v.bytes).toBeLessThanOrEqual(workspace)
        for (const a of values)
          for (const b of values) {
            if (a === b) continue
            const atOnce = number(a.from) <= number(b.to) && number(b.from) <= number(a.to)
            const apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset
            if (atOnce) expect(apart).toBe(true)
            else if (!apart) shared += 1
          }
        expect(unshared).toBe(values.reduce((n, v) => n + v.bytes, 0))
        expect(String(e)).toContain(`${e.operations} operation`)
      }),
      { numRuns: 40 },
    )
    expect(shared).toBeGreaterThan(0)
  })
})

describe('profile', () => {
  it('times each kernel, and shares them out', () => {
    const p = profile((x: Tensor, w: Tensor) => sum(exp(matmul(matmul(x, w), w))))(matrix(8, 8), matrix(8, 8))
    expect(p.kernels.length).toBeGreaterThan(1)
    for (const k of p.kernels) expect(k.microseconds).toBeGreaterThan(0)
    expect(p.microseconds).toBeGreaterThan(0)
    expect(p.kernels.reduce((n, k) => n + k.share, 0)).toBeCloseTo(1, 12)
    const lines = String(p).split('\n')
    expect(lines).toHaveLength(2 + p.kernels.length)
    for (const k of p.kernels) expect(lines.filter((l) => l.includes(`${k.name}:`))).toHaveLength(1)
  })

  it('leaves values and results as they are', () => {
    const x = tensor([1, 2, 3])
    const f = jit((v: Tensor) => mul(exp(v), v))
    const before = toArray(f(x))
    profile(f)(x)
    expect(toArray(x)).toEqual([1, 2, 3])
    expect(toArray(f(x))).toEqual(before)
  })

  it('refuses values that are being traced', () => {
    const inside = (x: Scalar): Scalar => {
      profile((y: Scalar) => exp(y))(x)
      return x
    }
    expect(() => vmap(inside)(tensor([1, 2]))).toThrow(/being traced/)
  })

  it('refuses indices out of range as the function does', () => {
    const f = (i: Tensor) => take(tensor([1, 2, 3]), i as Tensor<[1], 'i32'>, { axis: 0 })
    expect(() => profile(f)(tensor([7], { dtype: 'i32' }))).toThrow(/7/)
  })
})
