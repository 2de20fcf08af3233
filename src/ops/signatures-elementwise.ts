/** Call signatures of elementwise operations: unary, binary (also data-last), comparisons, logic, selection. */
import type { ShapeError } from '../core/error.js'
import type { DType, Shape, Tensor } from '../core/value.js'
import type {
  Adapted,
  Alike,
  Broadcast,
  DTypeOf,
  Fits,
  IsOperand,
  Operand,
  Pair,
  PairDType,
  Result,
  SameDType,
  ShapeOf,
  Show,
} from '../tensor/static.js'

// -------------------------------------------------------------------------------------------------------------- options

/** Options that are not among `Known`, made impossible: what a typo in a data-last call runs into. */
export type Only<X, Known> =
  IsOperand<X> extends true
    ? unknown
    : { readonly [K in Exclude<keyof X, Known>]: ShapeError<`there is no option ${K & string}`> }

// ---------------------------------------------------------------------------------------------------------------- unary

/** The brand of an operation that works element by element at every shape, and so can be a step of a chain. */
export interface Pointwise<Name extends string = string> {
  readonly pointwise: Name
}

/** `x → y` element by element. */
export interface Unary<Name extends string> extends Pointwise<Name> {
  <X extends Operand>(x: X): Alike<X>
}

/** Element by element, with options: `leakyRelu(x, { alpha: 0.1 })`, or data-last `leakyRelu({ alpha: 0.1 })`. */
export interface UnaryWith<Name extends string, Options extends object> extends Pointwise<Name> {
  <X extends Operand | Options>(
    x: X & Only<X, keyof Options>,
    options?: Options,
  ): IsOperand<X> extends true ? Alike<X> : Unary<Name>
}

/** A yes or no for each element. */
export interface UnaryPredicate<Name extends string> extends Pointwise<Name> {
  <X extends Operand>(x: X): Result<ShapeOf<X>, 'bool'>
}

// --------------------------------------------------------------------------------------------------------------- binary

/** A binary operation that waits for its left operand. */
export interface BinaryLater<Name extends string, B, To extends DType = never> {
  <A extends Operand>(a: Fits<Pair<Name, A, B>, A>): Paired<Name, A, B, To>
}

type Paired<Name extends string, A, B, To extends DType> = Result<
  Pair<Name, A, B>,
  [To] extends [never] ? PairDType<A, B> : To
>

/** Two operands, broadcast: `add(a, b)`, or data-last `add(b)`, which waits for `a`. */
export interface Binary<Name extends string> {
  <B extends Operand>(b: B): BinaryLater<Name, B>
  <A extends Operand, B extends Operand>(a: A, b: Fits<Pair<Name, A, B>, B>): Paired<Name, A, B, never>
}

/** A yes or no for each pair of elements. */
export interface Comparison<Name extends string> {
  <B extends Operand>(b: B): BinaryLater<Name, B, 'bool'>
  <A extends Operand, B extends Operand>(a: A, b: Fits<Pair<Name, A, B>, B>): Paired<Name, A, B, 'bool'>
}

/** What logic works on. */
export type Bits = Tensor<Shape, 'bool'> | Tensor<Shape, 'i32'> | boolean | number

/** A logical operation that waits for its left operand. */
export interface LogicLater<Name extends string, B> {
  <A extends Bits>(a: Fits<Pair<Name, A, B>, A>): Paired<Name, A, B, never>
}

/** Logic on truth values, bit by bit on integers. */
export interface Logic<Name extends string> {
  <B extends Bits>(b: B): LogicLater<Name, B>
  <A extends Bits, B extends Bits>(a: A, b: Fits<Pair<Name, A, B>, B>): Paired<Name, A, B, never>
}

/** The other truth value. */
export interface LogicUnary<Name extends string> extends Pointwise<Name> {
  <X extends Bits>(x: X): Alike<X>
}

// ------------------------------------------------------------------------------------------------------------ selection

type Condition<C> = [DTypeOf<C>] extends ['bool']
  ? true
  : 'bool' extends DTypeOf<C>
    ? true
    : `where: the condition has to be bool, found ${Adapted<DTypeOf<C>>} of shape ${Show<ShapeOf<C>>}`

type Chosen<C, A, B> =
  Pair<'where', A, B> extends infer R ? (R extends Shape ? Broadcast<'where', ShapeOf<C>, R> : R) : Shape

/** `a` where the condition holds, `b` elsewhere; all three broadcast. */
export interface Where {
  <C extends Tensor | boolean, A extends Operand, B extends Operand>(
    condition: Fits<Condition<C>, C>,
    a: A,
    b: Fits<Chosen<C, A, B>, B>,
  ): Result<Chosen<C, A, B>, PairDType<A, B>>
}

/** The same numbers in another element type: `convert(x, 'f32')`, or data-last `convert('f32')`. */
export interface Convert {
  <D extends DType>(dtype: D): <X extends Operand | boolean>(x: X) => Result<ShapeOf<X>, D>
  <X extends Operand | boolean, D extends DType>(x: X, dtype: D): Result<ShapeOf<X>, D>
}

/** The element type a list of operands shares, or a sentence. */
export type SharedDType<
  Name extends string,
  Ts extends readonly unknown[],
  D extends DType = never,
> = Ts extends readonly [infer H, ...infer T]
  ? SameDTypeOrNone<Name, D, DTypeOf<H>> extends infer R
    ? [R] extends [DType]
      ? SharedDType<Name, T, R>
      : R
    : never
  : number extends Ts['length']
    ? Adapted<D | DTypeOf<Ts[number]>>
    : Adapted<D>

// Numbers beside numbers stay undecided until the list ends.
type SameDTypeOrNone<Name extends string, A extends DType, B extends DType> = [A | B] extends [never]
  ? never
  : SameDType<Name, A, B>
