/** Exact decimal arithmetic on literal sizes: concatenation adds, flattening multiplies. Anything else is `number`. */

// ------------------------------------------------------------------------------------------------------------- digits

type Unary = {
  '0': []
  '1': [1]
  '2': [1, 1]
  '3': [1, 1, 1]
  '4': [1, 1, 1, 1]
  '5': [1, 1, 1, 1, 1]
  '6': [1, 1, 1, 1, 1, 1]
  '7': [1, 1, 1, 1, 1, 1, 1]
  '8': [1, 1, 1, 1, 1, 1, 1, 1]
  '9': [1, 1, 1, 1, 1, 1, 1, 1, 1]
}
type Digit = keyof Unary

type Reverse<S extends string, Out extends string = ''> = S extends `${infer H}${infer T}`
  ? Reverse<T, `${H}${Out}`>
  : Out

/** The lowest digit of a reversed numeral and the rest; zeros after its end. */
type Pop<S extends string> = S extends `${infer H extends Digit}${infer T}` ? [H, T] : ['0', '']

type Parse<S> = S extends `${infer N extends number}` ? N : number

/** Whole, non-negative and written without an exponent. */
type Literal<A extends number> = number extends A
  ? false
  : `${A}` extends `${bigint}`
    ? `${A}` extends `-${string}`
      ? false
      : true
    : false

// ----------------------------------------------------------------------------------------------------------- addition

type AddDigits<A extends string, B extends string, Carry extends 1[], Out extends string> = [A, B] extends ['', '']
  ? Carry extends []
    ? Out
    : `1${Out}`
  : [Pop<A>, Pop<B>] extends [
        [infer X extends Digit, infer A1 extends string],
        [infer Y extends Digit, infer B1 extends string],
      ]
    ? `${[...Unary[X], ...Unary[Y], ...Carry]['length'] & number}` extends infer R extends string
      ? R extends `1${infer L extends Digit}`
        ? AddDigits<A1, B1, [1], `${L}${Out}`>
        : AddDigits<A1, B1, [], `${R}${Out}`>
      : never
    : never

type AddText<A extends string, B extends string> = AddDigits<Reverse<A>, Reverse<B>, [], ''>

/** `A + B`. */
export type Add<A extends number, B extends number> = false extends Literal<A> | Literal<B>
  ? number
  : Parse<AddText<`${A}`, `${B}`>>

// ----------------------------------------------------------------------------------------------------- multiplication

type Times<A extends string, Count extends readonly 1[], Out extends string> = Count extends readonly [
  1,
  ...infer R extends readonly 1[],
]
  ? Times<A, R, AddText<Out, A>>
  : Out

type MultiplyDigits<
  A extends string,
  B extends string,
  Out extends string,
> = B extends `${infer H extends Digit}${infer T}`
  ? MultiplyDigits<A, T, Times<A, Unary[H], Out extends '0' ? '0' : `${Out}0`>>
  : Out

/** `A · B`. */
export type Multiply<A extends number, B extends number> = false extends Literal<A> | Literal<B>
  ? number
  : [A] extends [0]
    ? 0
    : Parse<MultiplyDigits<`${A}`, `${B}`, '0'>>

/** The number of elements of a shape. */
export type Product<S extends readonly number[], Out extends number = 1> = number extends S['length']
  ? number
  : S extends readonly [infer H extends number, ...infer T extends readonly number[]]
    ? Product<T, Multiply<Out, H>>
    : Out
