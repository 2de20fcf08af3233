/** lanac's chains of operations along a long vector, each one compiled function. */
import {
  abs,
  add,
  div,
  exp,
  fromTypedArray,
  jit,
  log,
  maximum,
  mul,
  reshape,
  sin,
  sqrt,
  sub,
  sum,
  type Tensor,
  tanh,
} from 'lanac'
import { asked } from './asked.js'
import { reportTasks } from './measure.js'
import { longArray, type Vector } from './model.js'
import { ELEMENTS, FUNCTIONS, ONE, PLAIN, SUM, SUM_DOWN } from './tasks.js'

/** Ten operations on every element, none of them a function of the mathematical library. */
const plain = (x: Vector): Vector => {
  const y = sub(mul(add(mul(x, 2), 1), x), 3)
  return mul(add(div(1, maximum(sqrt(abs(y)), 0.5)), x), x)
}

/** Ten operations on every element, four of them functions. */
const functions = (x: Vector): Vector => {
  const y = mul(exp(mul(x, 0.5)), sin(add(x, 1)))
  return sub(mul(tanh(y), log(add(mul(x, x), 1))), y)
}

const x = fromTypedArray(longArray(), [ELEMENTS])
const task = (f: (x: Vector) => Tensor): (() => unknown) => {
  const fast = jit(f, asked)
  return () => fast(x)
}

const side = Math.sqrt(ELEMENTS)

reportTasks(
  {
    [ONE]: task((v) => mul(v, 2)),
    [SUM]: task((v) => sum(v)),
    [SUM_DOWN]: task((v) => sum(reshape(v, [side, side]), { axis: 0 })),
    [PLAIN]: task(plain),
    [FUNCTIONS]: task(functions),
  },
  true,
)
