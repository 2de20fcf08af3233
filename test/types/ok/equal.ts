/** Exact equality of types: `equal<A, B>(true)` compiles only when the compiler can't tell `A` and `B` apart. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : { readonly got: A; readonly want: B }

export const equal = <A, B>(_: Equal<A, B>): void => {}
