/** In a process with `--expose-gc`: what stays in memory while a pullback is held, on standard output. */
import { add, grad, item, linearize, mul, neg, sin, sum, type Tensor, tensor, vjp } from 'lanac'

declare const gc: () => void

type Vector = Tensor<readonly [number], 'f64'>

const SIZE = 400_000
const LINEAR = 20

/** Bytes of arrays alone: the rest of the heap also shrinks by what the compiler lets go of in the meantime. */
const used = (): number => process.memoryUsage().arrayBuffers

/** A WeakRef's target lives until the job ends in which it was made; buffers are counted off at the next collection. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) {
    await new Promise((done) => setImmediate(done))
    gc()
  }
}

const watched = {
  argument: [] as WeakRef<object>[],
  traced: [] as WeakRef<object>[],
  function: [] as WeakRef<object>[],
  result: [] as WeakRef<object>[],
}
const watch = <T extends object>(kind: keyof typeof watched, x: T): T => {
  watched[kind].push(new WeakRef(x))
  return x
}

/** Many linear operations, whose values no derivative needs, around one sine, whose slope is the one residual. */
const make = () =>
  watch('function', (x: Vector): Tensor<[], 'f64'> => {
    let y = x
    for (let i = 0; i < LINEAR; i++) y = watch('traced', add(neg(y), mul(y, 3)) as Vector)
    y = watch('traced', sin(y))
    for (let i = 0; i < LINEAR; i++) y = watch('traced', add(neg(y), mul(y, 3)) as Vector)
    return watch('traced', sum(y))
  })

const argument = (): Vector => watch('argument', tensor(new Array<number>(SIZE).fill(1e-9)) as Vector)

/** The pullback alone, or the map of tangents alone, of a function and an argument that nobody else holds. */
const held = {
  vjp: () => {
    const [y, back] = vjp(make(), argument())
    watch('result', y as object)
    return back as unknown
  },
  linearize: () => {
    const [y, push] = linearize(make(), argument())
    watch('result', y as object)
    return push as unknown
  },
}

const verb = process.argv[2] as keyof typeof held

// once for the compiler, with a point that is dropped
held[verb]()
item(sum(grad(make())(argument()) as Vector))
for (const refs of Object.values(watched)) refs.splice(0)
await settled()
const before = used()
const map = held[verb]()
await settled()
const arrays = (used() - before) / (8 * SIZE)
const alive = Object.fromEntries(
  Object.entries(watched).map(([kind, refs]) => [kind, refs.filter((r) => r.deref() !== undefined).length]),
)
console.log(JSON.stringify({ arrays, alive, made: watched.traced.length, held: typeof map }))
