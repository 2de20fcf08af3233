/** What every operation does with its arguments first: numbers become values, element types meet, shapes broadcast. */
import { DTypeError, ShapeError, showShape, ValueError } from '../core/error.js'
import { type DType, isFloat, isTensor, type Shape, type Tensor } from '../core/value.js'
import { builder, type Value } from '../tape/node.js'
import { cast, isOneNumber, scalarOf, uniform, weakScalar } from '../tensor/concrete.js'
import { broadcastShapes, sameShape } from '../tensor/shape.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What operations take: a tensor, a JS number, or a truth value. */
export type Arg = Tensor | number | boolean

/** Whether something can be an operand (and is not a record of options). */
export const isOperand = (x: unknown): x is Arg => typeof x === 'number' || typeof x === 'boolean' || isTensor(x)

// -------------------------------------------------------------------------------------------------------------- lifting

/** What something is, for messages: `an array of 3`, `a string`. */
export const kindOf = (x: unknown): string =>
  x === null || x === undefined
    ? String(x)
    : Array.isArray(x)
      ? `an array of ${x.length}`
      : `${typeof x === 'object' ? 'an' : 'a'} ${typeof x}`

/** An operand as a value. @throws DTypeError for what is no operand, such as a plain array */
export const lift = (operation: string, x: unknown): Tensor => {
  if (isTensor(x)) return x
  if (typeof x === 'number') return weakScalar(x)
  if (typeof x === 'boolean') return scalarOf('bool', x ? 1 : 0)
  throw new DTypeError({
    operation,
    problem: `takes a tensor or a number, found ${kindOf(x)}`,
    hint: Array.isArray(x) ? 'make it a tensor: tensor([…])' : undefined,
  })
}

/** A weak value in the element type of what stands beside it. */
const adapt = (operation: string, x: Tensor, dtype: DType, beside: Tensor): Tensor => {
  const v = x as Value
  const known = 'held' in v && isOneNumber(v) ? v.value : undefined
  const whole = dtype === 'i32' && known !== undefined && known === (known | 0)
  if (isFloat(dtype) || whole)
    return known === undefined ? builder.convert(x, dtype) : uniform(x.shape, dtype, cast(dtype, known))
  throw new DTypeError({
    operation,
    problem: `${known === undefined ? 'a number' : String(known)} does not fit ${dtype} of shape ${showShape(beside.shape)}`,
    hint: dtype === 'bool' ? 'compare it: notEqual(x, 0)' : "convert the tensor: convert(x, 'f64')",
  })
}

/** Two values in one element type; bare numbers adapt, tensors do not. @throws DTypeError that names both */
export const meet = (operation: string, a: Tensor, b: Tensor): readonly [Tensor, Tensor] => {
  if (a.dtype === b.dtype) return [a, b]
  if ((a as Value).weak) return [adapt(operation, a, b.dtype, b), b]
  if ((b as Value).weak) return [a, adapt(operation, b, a.dtype, a)]
  throw new DTypeError({
    operation,
    problem: `${a.dtype} and ${b.dtype} do not mix (shapes ${showShape(a.shape)} and ${showShape(b.shape)})`,
    hint: `convert one of them: convert(x, '${isFloat(a.dtype) ? a.dtype : b.dtype}')`,
  })
}

/** A value stretched to a shape by NumPy's rule. @throws ShapeError when it does not fit */
export const stretch = (operation: string, x: Tensor, shape: Shape): Tensor => {
  if (sameShape(x.shape, shape)) return x
  const lead = shape.length - x.shape.length
  const kept: number[] = []
  x.shape.forEach((n, i) => {
    if (n === shape[i + lead] && n !== 1) kept.push(i)
    else if (n !== 1 || lead < 0) throw unstretched(operation, x, shape)
  })
  if (lead < 0) throw unstretched(operation, x, shape)
  const v = x as Value
  if ('held' in v && isOneNumber(v)) return uniform(shape, v.dtype, v.value, v.weak)
  return builder.broadcast(
    squeezed(x, kept),
    shape,
    kept.map((i) => i + lead),
  )
}

const unstretched = (operation: string, x: Tensor, shape: Shape): ShapeError =>
  new ShapeError({ operation, problem: `${showShape(x.shape)} does not stretch to ${showShape(shape)}` })

const squeezed = (x: Tensor, kept: readonly number[]): Tensor =>
  builder.reshape(
    x,
    kept.map((i) => x.shape[i] as number),
  )

/** Two operands in one element type and one shape. @throws DTypeError, ShapeError */
export const pair = (operation: string, x: unknown, y: unknown): readonly [Tensor, Tensor] => {
  const u = lift(operation, x)
  const v = lift(operation, y)
  if (u.dtype === v.dtype && sameShape(u.shape, v.shape)) return [u, v]
  const [a, b] = meet(operation, u, v)
  const shape = broadcastShapes(operation, a.shape, b.shape)
  return [stretch(operation, a, shape), stretch(operation, b, shape)]
}

/** An operand of a function that is smooth: a float. @throws DTypeError for integers and truth values */
export const floating = (operation: string, x: unknown): Tensor => {
  const v = lift(operation, x)
  if (!isFloat(v.dtype))
    throw new DTypeError({
      operation,
      problem: `takes f64, f32, found ${v.dtype} of shape ${showShape(v.shape)}`,
      hint: "convert it: convert(x, 'f64')",
    })
  return v
}

/** A number that has to be whole and at least `least`. @throws ValueError */
export const whole = (operation: string, x: number, name: string, least = 0): number => {
  if (!Number.isInteger(x) || x < least)
    throw new ValueError({ operation, problem: `${name} must be a whole number of at least ${least}, found ${x}` })
  return x
}

// ---------------------------------------------------------------------------------------------------------- data-last

/** An operation with options, also with the options first: `sum({ axis: 1 })` waits for what to sum. */
export const withOptions = <O extends object>(f: (x: unknown, options: O) => unknown): unknown => {
  const none = {} as O
  return (x: unknown, options?: O) =>
    !isOperand(x) && typeof x === 'object' && x !== null && !Array.isArray(x)
      ? (y: unknown) => f(y, x as O)
      : f(x, options ?? none)
}

/**
 * An operation that keeps every shape, marked with the name that chains of layers print. With options first it waits for
 * its operand, and what waits is marked too: `chain(dense(2, 5), leakyRelu({ alpha: 0.1 }))`.
 */
const marked =
  (mark: 'pointwise' | 'along') =>
  (name: string, f: (x: unknown, options?: unknown) => unknown): unknown =>
    Object.assign(
      (x: unknown, options?: unknown): unknown => {
        const y = f(x, options)
        return typeof y === 'function' ? Object.assign(y, { [mark]: name }) : y
      },
      { [mark]: name },
    )

/** An operation that works element by element. */
export const pointwise = marked('pointwise')

/** An operation along an axis that keeps the shape. */
export const keeping = marked('along')

/** An operation of two operands, also with the second first: `add(1)` waits for the first. */
export const withSecond =
  (f: (x: unknown, y: unknown) => unknown): unknown =>
  (x: unknown, ...second: readonly unknown[]) =>
    second.length === 0 ? (z: unknown) => f(z, x) : f(x, second[0])
