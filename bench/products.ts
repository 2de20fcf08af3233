/** lanac's products, in GFLOP/s. */
import { jit, matmul, type Tensor } from 'lanac'
import { asked } from './asked.js'
import { microseconds, report } from './measure.js'
import { arrayOf } from './model.js'
import { gflops, PRODUCTS } from './tasks.js'

report(
  Object.fromEntries(
    PRODUCTS.map((p) => {
      const [a, b]: readonly [Tensor, Tensor] = [arrayOf(p.type, p.a, 37), arrayOf(p.type, p.b, 41)]
      const product = jit((x: Tensor, y: Tensor) => matmul(x, y), asked)
      // a function is optimised beside the calls of it, and the first ones of a large product are over before it is
      for (let i = 0; i < 4; i++) product(a, b)
      return [
        p.name,
        gflops(
          p,
          microseconds(() => product(a, b)),
        ),
      ]
    }),
  ),
)
