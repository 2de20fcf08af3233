/** lanac's products of square matrices, in GFLOP/s. */
import { jit, matmul } from 'lanac'
import { asked } from './asked.js'
import { microseconds, report } from './measure.js'
import { type Square, squareOf } from './model.js'
import { gflops, PRODUCTS } from './tasks.js'

report(
  Object.fromEntries(
    PRODUCTS.map(({ name, type, n }) => {
      const [a, b] = [squareOf(type, n, 37), squareOf(type, n, 41)]
      const product = jit((x: Square, y: Square) => matmul(x, y), asked)
      // a function is optimised beside the calls of it, and the first ones of a large product are over before it is
      for (let i = 0; i < 4; i++) product(a, b)
      return [
        name,
        gflops(
          n,
          microseconds(() => product(a, b)),
        ),
      ]
    }),
  ),
)
