/** Layouts that don't exist. */
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../../src/core/value.js'
import { broadcastTo, concat, expandDims, item, squeeze, stack, take, tensor, transpose } from '../ok/words.js'

declare const a: Tensor<[2, 3], 'f64'>
declare const b: Tensor<[2, 4], 'f64'>
declare const half: Tensor<[2, 3], 'f32'>
declare const indices: Tensor<[5], 'i32'>

// error: transpose: a permutation of 3 axes does not fit shape [2, 3]
transpose(a, [2, 0, 1])
// error: transpose: axis 1 is named twice for shape [2, 3]
transpose(a, [1, 1])
// error: transpose: axis 2 is out of range for shape [2, 3]
pipe(a, transpose([1, 2]))
// error: expandDims: axis 3 is out of range for shape [2, 3]
expandDims(a, { axis: 3 })
// error: squeeze: axis 0 of [2, 3] has size 2, not 1
squeeze(a, { axis: 0 })
// error: concat: [2, 3] and [2, 4] differ beside axis 0
concat([a, b])
// error: concat: axis 2 is out of range for shape [2, 3]
concat([a, b], { axis: 2 })
// error: concat: f64 and f32 do not mix; convert one of them
concat([a, half])
// error: stack: shapes [2, 3] and [2, 4] differ
stack([a, b])
// error: broadcastTo: [2, 3] does not stretch to [3, 2]
broadcastTo(a, [3, 2])
// error: take: axis 2 is out of range for shape [2, 3]
take(a, indices, { axis: 2 })
// error: tensor: the rows have different shapes
tensor([[1, 2], [3]])
// error: item: shape [2, 3] has 6 elements, not 1
item(a)
