/** lanac's chains of operations along a long vector, each one compiled function; one of them beside its arithmetic alone. */
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
import { besideLimit, LARGE_MS, microseconds, report, warmed } from './measure.js'
import { longArray, type Vector } from './model.js'
import { chainMicroseconds } from './peak.js'
import { ARITHMETIC, ELEMENTS, FUNCTIONS, ONE, PLAIN, SUM, SUM_DOWN } from './tasks.js'

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

const tasks = {
  [ONE]: task((v) => mul(v, 2)),
  [SUM]: task((v) => sum(v)),
  [SUM_DOWN]: task((v) => sum(reshape(v, [side, side]), { axis: 0 })),
  [FUNCTIONS]: task(functions),
}
const times = Object.entries(tasks).map(([name, f]) => [name, microseconds(f, 150, LARGE_MS)] as const)
const { time, ratio } = besideLimit(task(plain), warmed(chainMicroseconds(ELEMENTS)), 300, LARGE_MS)
report({ ...Object.fromEntries(times), [PLAIN]: time }, { limits: { [ARITHMETIC]: { [PLAIN]: time / ratio } } })
