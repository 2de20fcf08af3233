/** A sheet of the digits that a classifier errs on most surely, each with what it is and what it was read as. */
import { argmax, max, softmax, type Tensor, toTypedArray } from 'lanac'
import type { Digits } from './mnist-data.js'

const SIDE = 28
const PIXEL = 3
const COLUMNS = 8
const ROWS = 5
const CELL = { width: SIDE * PIXEL + 36, height: SIDE * PIXEL + 44 }
const MARGIN = 24
const HEAD = 64

/** Levels of grey that a digit is drawn in; one path for each. */
const LEVELS = 8

/** A digit [784] as squares of ink on white. */
const ink = (pixels: ArrayLike<number>): string =>
  Array.from({ length: LEVELS }, (_, level) => {
    const squares = Array.from({ length: SIDE * SIDE }, (__, i) =>
      Math.round((pixels[i] as number) * LEVELS) === level + 1 ? `M${i % SIDE} ${Math.floor(i / SIDE)}h1v1h-1z` : '',
    ).join('')
    return squares === '' ? '' : `<path fill-opacity="${(level + 1) / LEVELS}" d="${squares}"/>`
  }).join('')

const cell = (at: number, pixels: ArrayLike<number>, truth: number, read: number, sure: number): string => {
  const x = MARGIN + (at % COLUMNS) * CELL.width
  const y = HEAD + Math.floor(at / COLUMNS) * CELL.height
  const side = SIDE * PIXEL
  return [
    `<g transform="translate(${x} ${y})">`,
    `<rect width="${side}" height="${side}" fill="white" stroke="#bbbbbb"/>`,
    `<g transform="scale(${PIXEL})" shape-rendering="crispEdges">${ink(pixels)}</g>`,
    `<text x="${side / 2}" y="${side + 18}" text-anchor="middle" font-size="13">is ${truth}, read as <tspan font-weight="bold" fill="#b34700">${read}</tspan></text>`,
    `<text x="${side / 2}" y="${side + 33}" text-anchor="middle" font-size="11" fill="#555555">${(100 * sure).toFixed(1)} % sure</text>`,
    '</g>',
  ].join('')
}

/** The sheet, of up to 40 digits, the surest error first. */
export const misclassified = (test: Digits, logits: Tensor): string => {
  const scores = softmax(logits as Tensor<[number, 10], 'f32'>, { axis: 1 })
  const read = toTypedArray(argmax(scores, { axis: 1 }))
  const sure = toTypedArray(max(scores, { axis: 1 }))
  const truth = toTypedArray(test.y)
  const pixels = toTypedArray(test.x)
  const wrong = Array.from(truth.keys()).filter((i) => truth[i] !== read[i])
  const chosen = wrong.toSorted((i, j) => (sure[j] as number) - (sure[i] as number)).slice(0, COLUMNS * ROWS)
  const width = 2 * MARGIN + COLUMNS * CELL.width - 36
  const height = HEAD + Math.ceil(chosen.length / COLUMNS) * CELL.height + MARGIN / 2
  const cells = chosen.map((i, at) =>
    cell(at, pixels.subarray(784 * i, 784 * (i + 1)), truth[i] as number, read[i] as number, sure[i] as number),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${MARGIN}" y="36" font-size="17" font-weight="bold">${wrong.length} of ${truth.length.toLocaleString('en')} test digits are misread; here are the ${chosen.length} surest errors</text>`,
    ...cells,
    '</svg>\n',
  ].join('\n')
}
