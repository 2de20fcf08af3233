/** What is made when it is first asked for, and the same from then on. */
export const once = <A>(make: () => A): (() => A) => {
  let made: readonly [A] | undefined
  return () => {
    made ??= [make()]
    return made[0]
  }
}
