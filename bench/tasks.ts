/**
 * What is compared. A task ends when its numbers are there: libraries that compute later are asked for them, and what
 * a library wants freed is freed. Peers compute in f32; so does lanac where the element type decides the time.
 */

export const ADD = 'add, 8 + 8 elements'
export const GRAD = 'grad, ten scalar operations'
export const GRAD_JIT = 'grad, ten scalar operations, jitted'
export const CHAIN = 'grad, chain of 100 operations'
export const VMAP = 'vmap of grad, ten operations, 64 points'
export const MATMUL = 'matmul, 64 × 64 by 64 × 64'

/** Operations in the chain that is compared. */
export const LENGTH = 100

/** Points in the stack. */
export const POINTS = 64

/** Rows and columns of the product. */
export const SIZE = 64

/** Numbers that are not special to any operation. */
export const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => 0.1 + ((i * 37) % 101) / 113)

/** Where the scalar function is differentiated. */
export const POINT = 0.7

/** A square matrix, row by row. */
export const rows = (n: number): number[][] => Array.from({ length: n }, (_, i) => numbers((i + 1) * n).slice(i * n))

/** A product [batch, m, k] · [batch, k, n] → [batch, m, n]; without a batch those of matrices. */
export interface Product {
  readonly name: string
  readonly type: 'f32' | 'f64'
  readonly a: readonly number[]
  readonly b: readonly number[]
}

const SHAPES: readonly (readonly [string, a: readonly number[], b: readonly number[]])[] = [
  ['matrix by vector', [1000, 1000], [1000, 1]],
  ['vector by matrix', [1, 1000], [1000, 1000]],
  ['patches of 27 by 16 filters', [4096, 27], [27, 16]],
  ['patches of 144 by 32 filters', [4096, 144], [144, 32]],
  ['few rows', [16, 1024], [1024, 1024]],
  ['outer', [1000, 10], [10, 1000]],
  ['inner', [10, 1000], [1000, 10]],
  ['64 of 32 × 32', [64, 32, 32], [64, 32, 32]],
  ['attention of 8 heads', [8, 128, 64], [8, 64, 128]],
]

/** Products of square matrices that are large enough for the processor to limit them, and of shapes that layers have. */
export const PRODUCTS: readonly Product[] = [
  ...(['f32', 'f64'] as const).flatMap((type) =>
    [96, 192, 384, 480, 960, 2048].map((n) => ({ name: `matmul ${type}, ${n} × ${n}`, type, a: [n, n], b: [n, n] })),
  ),
  ...SHAPES.map(([name, a, b]) => ({
    name: `matmul f32, ${name}: ${a.join(' × ')} by ${b.join(' × ')}`,
    type: 'f32' as const,
    a,
    b,
  })),
]

/** Multiplications and additions of a product. */
export const operationsOf = ({ a, b }: Product): number => 2 * a.reduce((n, size) => n * size, 1) * (b.at(-1) as number)

/** Multiplications and additions in a nanosecond, of a product that takes so many microseconds. */
export const gflops = (p: Product, time: number): number => operationsOf(p) / (time * 1000)

/** Elements of the arrays that chains of operations run along. */
export const ELEMENTS = 1e6
export const ONE = '1 operation on 10⁶ elements, f32'
export const PLAIN = '10 operations on 10⁶ elements, f32'
/** Sums of as many, a matrix of as many rows as columns. */
export const SUM = 'sum of 10⁶ elements, f32'
export const SUM_DOWN = 'sums down the columns of 1000 × 1000, f32'
export const FUNCTIONS = '10 operations on 10⁶ elements, f32, four of them exp, sin, tanh, log'

/** No libraries, but compared with like one: what the machine does at the most. */
export const PEAK = 'peak of 128-bit multiplications and additions'
export const NATIVE_PEAK = 'peak of native multiplications and additions'
export const COPY = 'copy'
export const ARITHMETIC = '128-bit arithmetic alone'

/** Training of examples/mnist.ts, from the first step to the last. */
export const DIGITS = {
  name: 'five epochs of 784-128-10 on MNIST, batch of 128, Adam under a cosine',
  epochs: 5,
  batch: 128,
  rate: 3e-3,
} as const
