/** Random trees of tensors, for tests of what is saved and loaded. */
import fc from 'fast-check'
import { fromTypedArray, type Shape, type Tensor } from 'lanac'

const shape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 })
const size = (s: Shape): number => s.reduce((p, q) => p * q, 1)
const array = <A>(s: Shape, element: fc.Arbitrary<A>): fc.Arbitrary<A[]> =>
  fc.array(element, { minLength: size(s), maxLength: size(s) })

/** A tensor of any element type and shape; special numbers included. */
const tensor: fc.Arbitrary<Tensor> = shape.chain((s) =>
  fc.oneof(
    array(s, fc.double()).map((xs): Tensor => fromTypedArray(Float64Array.from(xs), s)),
    array(s, fc.float()).map((xs): Tensor => fromTypedArray(Float32Array.from(xs), s)),
    array(s, fc.integer()).map((xs): Tensor => fromTypedArray(Int32Array.from(xs), s)),
    array(s, fc.boolean()).map((xs): Tensor => fromTypedArray(Uint8Array.from(xs, Number), s)),
  ),
)

const key = fc.oneof(
  fc.constantFrom('w', 'b', 'a.b', '0', '1', '', '__metadata__', 'constructor', 'toString'),
  fc.string({ unit: 'binary', maxLength: 3 }),
)

/** A tree of tensors, JS numbers and static parts. */
export const trees: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie('leaf'), tie('array'), tie('record')),
  leaf: fc.oneof(
    { weight: 6, arbitrary: tensor },
    fc.double(),
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.boolean(),
    fc.constantFrom(null, undefined),
  ),
  array: fc.array(tie('tree'), { maxLength: 3 }),
  record: fc.dictionary(key, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
})).tree
