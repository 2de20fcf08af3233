/** Axes that are not there. */
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../../src/core/value.js'
import { argmax, cumsum, softmax, square, sum, topK } from '../ok/words.js'

declare const a: Tensor<[2, 3], 'f64'>

// error: sum: axis 2 is out of range for shape [2, 3]
sum(a, { axis: 2 })
// error: sum: axis -3 is out of range for shape [2, 3]
sum(a, { axis: -3 })
// error: sum: axis 5 is out of range for shape [2, 3]
sum(a, { axis: [0, 5] })
// error: sum: axis 1 is named twice for shape [2, 3]
sum(a, { axis: [1, -1] })
// error: sum: axis 2 is out of range for shape [2, 3]
pipe(a, sum({ axis: 2 }))
// error: argmax: axis 2 is out of range for shape [2, 3]
argmax(a, { axis: 2 })
// error: softmax: axis 2 is out of range for shape [2, 3]
softmax(a, { axis: 2 })
// error: cumsum: axis 2 is out of range for shape [2, 3]
pipe(a, cumsum({ axis: 2 }))
// error: topK: axis 2 is out of range for shape [2, 3]
topK(a, { k: 1, axis: 2 })
// error: 'keepdims' does not exist in type
sum(a, { axis: 0, keepdims: true })
// error: there is no option keepdims
pipe(a, sum({ axis: 0, keepdims: true }))
// error: sum: axis 0 is out of range for shape []
pipe(a, square, sum, sum({ axis: 0 }))
