/**
 * Forms: what a layer takes and gives for ONE example. The shape of a tensor, or a tuple of forms for a tuple of values.
 * A layer applies under any leading batch shape, so a value fits a form when its last axes do.
 */
import { ShapeError, showShape } from '../core/error.js'
import type { Shape, Tensor } from '../core/value.js'
import { isTensor } from '../core/value.js'
import { sameShape } from '../tensor/shape.js'
import type { Agree, AgreeShape, DTypeOf, Fits, Result, ShapeOf, Show, Static } from '../tensor/static.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** The shape of one example, or a tuple of forms. */
export type Form = Shape | readonly Form[]

/** The form of values whose shape is known only at run time. */
export type AnyForm = Shape

// --------------------------------------------------------------------------------------------------------- compile time

/** Whether a form is the shape of one tensor. */
export type IsShape<F> = F extends Shape ? true : false

/** A form as messages print it. */
export type ShowForm<F> = F extends Shape ? Show<F> : F extends readonly unknown[] ? `(${ShowForms<F>})` : '?'

type ShowForms<F> = F extends readonly [infer H, ...infer T]
  ? T extends readonly []
    ? ShowForm<H>
    : `${ShowForm<H>}, ${ShowForms<T>}`
  : '...'

/** What stands before the axes of one example: the batch shape; `false` when the last axes are others. */
export type Leading<S extends Shape, I extends Shape> = false extends Static<S> | Static<I>
  ? Shape
  : I extends readonly [...infer I0 extends Shape, infer X]
    ? S extends readonly [...infer S0 extends Shape, infer Y]
      ? Agree<X, Y> extends true
        ? Leading<S0, I0>
        : false
      : false
    : S

/** The batch shape of a form that stands where another is taken, one for all its parts; `false` when it does not fit. */
export type LeadingForm<F, I> = F extends Shape
  ? I extends Shape
    ? Leading<F, I>
    : false
  : F extends readonly [infer H, ...infer T]
    ? I extends readonly [infer J, ...infer K]
      ? LeadingParts<T, K, LeadingForm<H, J>>
      : false
    : false

type LeadingParts<F, I, B> = B extends Shape
  ? F extends readonly [infer H, ...infer T]
    ? I extends readonly [infer J, ...infer K]
      ? LeadingForm<H, J> extends infer C
        ? LeadingParts<T, K, C extends Shape ? AgreeShape<B, C> : false>
        : never
      : false
    : I extends readonly []
      ? B
      : false
  : false

/** A form under a batch shape. */
export type Under<B extends Shape, F> = F extends Shape
  ? false extends Static<B> | Static<F>
    ? Shape
    : [...B, ...F]
  : F extends readonly [infer H, ...infer T]
    ? T extends readonly []
      ? [Under<B, H>]
      : Under<B, T> extends infer R extends readonly unknown[]
        ? [Under<B, H>, ...R]
        : never
    : Shape

/** The form of a value. */
export type FormOf<X> = X extends { readonly shape: Shape } | number
  ? ShapeOf<X>
  : X extends readonly unknown[]
    ? { [K in keyof X]: FormOf<X[K]> }
    : Shape

/** Whether a value fits, or a sentence. */
export type Takes<I, X> =
  LeadingForm<FormOf<X>, I> extends infer B
    ? B extends Shape
      ? B
      : `this layer takes ${ShowForm<I>}, under any batch shape, but is given ${ShowForm<FormOf<X>>}`
    : never

/** Values of a form, with the element type of an input. */
export type ValueOf<F, D> = F extends Shape
  ? Result<F, D extends Tensor['dtype'] ? D : Tensor['dtype']>
  : F extends readonly unknown[]
    ? { readonly [K in keyof F]: ValueOf<F[K], D> }
    : Tensor

type DTypeIn<X> = X extends { readonly dtype: infer D }
  ? D
  : X extends readonly [infer H, ...unknown[]]
    ? DTypeIn<H>
    : DTypeOf<X>

/** What a layer from `I` to `O` gives for `X`: the batch shape of `X` before `O`. */
export type Gives<I, O, X> =
  Takes<I, X> extends infer B ? (B extends Shape ? ValueOf<Under<B, O>, DTypeIn<X>> : ValueOf<O, DTypeIn<X>>) : never

/** `X` where it fits; a sentence on it where it does not. */
export type Input<I, X> = Fits<Takes<I, X>, X>

// ------------------------------------------------------------------------------------------------------------- run time

/** Whether a form is a tuple of forms; the empty form is the shape of a scalar. */
const isTuple = (f: Form): f is readonly Form[] => f.length > 0 && typeof f[0] !== 'number'

/** A form as messages print it: `[784]`, `([2], [3])`. */
export const showForm = (f: Form): string => (isTuple(f) ? `(${f.map(showForm).join(', ')})` : showShape(f as Shape))

/** The form of a value. */
export const formOf = (x: unknown): Form =>
  isTensor(x) ? x.shape : Array.isArray(x) ? (x.map(formOf) as readonly Form[]) : []

/** What stands before the axes of one example, or null when the last axes are others. */
export const leading = (found: Form, taken: Form): Shape | null => {
  if (isTuple(taken)) {
    if (!isTuple(found) || found.length !== taken.length) return null
    const batches = taken.map((t, i) => leading(found[i] as Form, t))
    const batch = batches[0] as Shape
    return batches.every((x) => x !== null && sameShape(x, batch)) ? batch : null
  }
  if (isTuple(found)) return null
  const [s, i] = [found as Shape, taken as Shape]
  const lead = s.length - i.length
  return lead >= 0 && i.every((n, k) => n === s[lead + k]) ? s.slice(0, lead) : null
}

/** Whether two forms are the same. */
export const sameForm = (a: Form, b: Form): boolean =>
  isTuple(a)
    ? isTuple(b) && a.length === b.length && a.every((f, i) => sameForm(f, b[i] as Form))
    : leading(a, b)?.length === 0

/** A form under a batch shape. */
export const under = (batch: Shape, f: Form): Form =>
  isTuple(f) ? f.map((g) => under(batch, g)) : [...batch, ...(f as Shape)]

/** Refuses a value that does not fit. @throws ShapeError */
export const checkInput = (operation: string, taken: Form, x: unknown, path?: string): void => {
  const found = formOf(x)
  if (leading(found, taken) === null)
    throw new ShapeError({
      operation,
      problem: `this layer takes ${showForm(taken)}, under any batch shape, but is given ${showForm(found)}`,
      path,
    })
}
