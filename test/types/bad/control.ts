/** Branches that differ, carries that change. */
import type { Tensor } from '../../../src/core/value.js'
import type * as T from '../../../src/transform/signatures.js'
import { exp, sum } from '../ok/words.js'

declare const cond: T.Cond
declare const scan: T.Scan
declare const fori: T.Fori
declare const a: Tensor<[2, 3], 'f64'>
declare const h: Tensor<[3], 'f64'>
declare const yes: Tensor<[], 'bool'>
declare const mask: Tensor<[3], 'bool'>

// error: cond: the branches return [2, 3] and []
cond(yes, (x) => exp(x), (x) => sum(x), a)
// error: cond: the predicate has to be one truth value, found shape [3]
cond(mask, (x) => exp(x), (x) => x, a)
// error: cond: the predicate has to be bool, found f64 of shape [3]
cond(h, (x) => exp(x), (x) => x, a)
// error: scan: the carry goes in and comes out as [3] and []
scan((carry, x) => [sum(carry), x], h, a)
// error: scan: the carry goes in and comes out as [] and [3]
scan((carry, x) => [{ n: x }, carry], { n: 0 }, a)
// error: 'rev' does not exist in type
scan((carry, x) => [carry, x], h, a, { rev: true })
// error: fori: the carry goes in and comes out as [3] and []
fori(0, 3, (_, carry) => sum(carry), h)
