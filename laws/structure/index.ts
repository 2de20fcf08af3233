/** Laws of structure: categories, monads, monoids, rings; the tape, trees, cotangents and duals that are such. */
export { type CategoryLike, type CategoryOptions, category } from './category.js'
export { type MonadLike, type MonadOptions, monad } from './monad.js'
export { type Cotangent, cotangentMonoid, cotangents, type MonoidOptions, monoid } from './monoid.js'
export { anyDual, type DualOptions, duals, type RingOptions, ring } from './ring.js'
export { tape } from './tape.js'
export { anyTree, type TreeOptions, tree } from './tree.js'
