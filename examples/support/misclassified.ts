/** A sheet of the digits that a classifier errs on most surely, each with what it is and what it was read as. */
import { argmax, max, reshape, softmax, type Tensor, take, tensor, toTypedArray } from 'lanac'
import { imageGrid, type Picture } from 'lanac/plot'
import type { Digits } from './mnist-data.js'

/** The digits, up to 40 of them, the surest error first. */
export const misclassified = (test: Digits, logits: Tensor): Picture => {
  const scores = softmax(logits, { axis: 1 })
  const read = toTypedArray(argmax(scores, { axis: 1 }))
  const sure = toTypedArray(max(scores, { axis: 1 }))
  const truth = toTypedArray(test.y)
  const wrong = Array.from(truth.keys()).filter((i) => truth[i] !== read[i])
  const chosen = wrong.toSorted((i, j) => (sure[j] as number) - (sure[i] as number)).slice(0, 40)
  const images = take(test.x, tensor(chosen, { dtype: 'i32' }), { axis: 0 })
  return imageGrid(reshape(images, [chosen.length, 28, 28]), {
    title: `${wrong.length} of ${truth.length.toLocaleString('en')} test digits are misread; the ${chosen.length} surest errors`,
    captions: chosen.map((i) => [
      `is ${truth[i]}, read as ${read[i]}`,
      `${(100 * (sure[i] as number)).toFixed(1)} % sure`,
    ]),
    range: [0, 1],
  })
}
