/** What an operation costs in a long chain of them: the verbs, at lengths where memory begins to tell. */
import { grad, jit, jvp, mul, type Scalar, sin, tensor, vmap } from 'lanac'
import * as Tape from 'lanac/tape'
import { type Figures, microseconds } from './measure.js'
import { numbers, POINT, POINTS } from './tasks.js'

const chain =
  (n: number) =>
  (x: Scalar): Scalar => {
    let y: Scalar = x
    for (let i = 0; i < n; i++) y = i % 2 === 0 ? sin(y) : mul(y, 1.0001)
    return y
  }

const x = tensor(POINT)
const points = tensor(numbers(POINTS))

const tasks = (n: number): Readonly<Record<string, () => unknown>> => {
  const f = chain(n)
  const program = Tape.trace(f)(POINT)
  const fast = jit(f)
  return {
    trace: () => Tape.trace(f)(POINT),
    run: () => Tape.run(program)(x),
    show: () => Tape.show(program),
    grad: () => grad(f)(x),
    jvp: () => jvp(f, [x], [x]),
    vmap: () => vmap(f)(points),
    'jit, compiled before': () => fast(x),
  }
}

const figures: Figures = Object.fromEntries(
  [1_000, 10_000, 100_000].flatMap((n) =>
    Object.entries(tasks(n)).map(([verb, task]) => [`${verb}, chain of ${n}`, microseconds(task) / n]),
  ),
)
console.log(JSON.stringify(figures))
