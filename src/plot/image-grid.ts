/** Images side by side, each under a caption. */
import { ShapeError, showShape } from '../core/error.js'
import { isTensor, type Tensor } from '../core/value.js'
import { toTypedArray } from '../ops/index.js'
import { extent } from './numbers.js'
import { colourAt, type Ramp, type Rgb } from './palette.js'
import { escape, type Picture, svgOf } from './picture.js'
import { dataUri, type Raster } from './raster.js'

/** How images are laid out and coloured. */
export interface ImageGridOptions {
  readonly title?: string
  readonly columns?: number
  /** One or two lines below each image. */
  readonly captions?: readonly (string | readonly string[])[]
  /** For images of one channel; `grey`, ink on paper, unless named. */
  readonly ramp?: Ramp
  /** The numbers at the ends of the ramp; what the images cover unless named; `'each'` for each image its own. */
  readonly range?: readonly [number, number] | 'each'
  /** Units to a side of an image's point; so that images are about 84 wide unless named. */
  readonly scale?: number
}

const MARGIN = 20
const LINE = 15

/** How numbers of one channel are placed on a ramp, for each image. */
const placing = (
  flat: ArrayLike<number>,
  size: number,
  o: ImageGridOptions,
  ramp: Ramp,
): ((image: number, v: number) => number) => {
  const about = ([low, high]: readonly [number, number]): readonly [number, number] =>
    ramp === 'diverging' ? [-Math.max(-low, high), Math.max(-low, high)] : [low, high]
  const all = Array.from(flat)
  const whole = o.range === undefined ? about(extent(all)) : o.range
  const own =
    whole === 'each'
      ? Array.from({ length: all.length / size }, (_, k) => about(extent(all.slice(k * size, (k + 1) * size))))
      : []
  return (image, v) => {
    const [low, high] = whole === 'each' ? (own[image] as readonly [number, number]) : whole
    return high === low ? 0.5 : (v - low) / (high - low)
  }
}

/**
 * Images [n, height, width] by a ramp, or [n, height, width, 3] as red, green and blue from 0 to 1; the first row on top.
 *
 * @throws ShapeError for another shape
 */
export const imageGrid = (images: Tensor, options: ImageGridOptions = {}): Picture => {
  const [n = 0, height = 0, width = 0, channels] = isTensor(images) ? images.shape : []
  if (!isTensor(images) || images.shape.length < 3 || images.shape.length > 4 || (channels ?? 3) !== 3)
    throw new ShapeError({
      operation: 'imageGrid',
      problem: `images are of shape [n, height, width] or [n, height, width, 3], found ${isTensor(images) ? showShape(images.shape) : typeof images}`,
    })
  const ramp = options.ramp ?? 'grey'
  const flat = toTypedArray(images)
  const size = height * width * (channels ?? 1)
  const place = channels === undefined ? placing(flat, size, options, ramp) : () => 0
  const byte = (x: number): number => Math.round(255 * Math.min(Math.max(x, 0), 1))
  const rasterOf = (k: number): Raster => ({
    width,
    height,
    at: (r, c): Rgb => {
      const i = k * size + (r * width + c) * (channels ?? 1)
      return channels === undefined
        ? colourAt(ramp, place(k, flat[i] as number))
        : [byte(flat[i] as number), byte(flat[i + 1] as number), byte(flat[i + 2] as number)]
    },
  })
  const scale = options.scale ?? Math.max(1, Math.round(84 / width))
  const columns = options.columns ?? Math.min(n, 8)
  const captions = Array.from({ length: n }, (_, k): readonly string[] => {
    const c = options.captions?.[k] ?? []
    return typeof c === 'string' ? [c] : c
  })
  const lines = Math.max(0, ...captions.map((c) => c.length))
  const longest = Math.max(0, ...captions.flat().map((c) => c.length))
  const cell = { width: Math.max(width * scale, 7 * longest) + 14, height: height * scale + lines * LINE + 14 }
  const head = options.title === undefined ? 0 : 36
  const place2 = (k: number): readonly [number, number] => [
    MARGIN + (k % columns) * cell.width,
    MARGIN + head + Math.floor(k / columns) * cell.height,
  ]
  const draw = async (k: number): Promise<string> => {
    const [x, y] = place2(k)
    const uri = await dataUri(rasterOf(k))
    const middle = (cell.width - 14) / 2
    const left = middle - (width * scale) / 2
    return [
      `<g transform="translate(${x} ${y})">`,
      `<image x="${left}" width="${width * scale}" height="${height * scale}" preserveAspectRatio="none" style="image-rendering:pixelated" xlink:href="${uri}"/>`,
      `<rect x="${left}" width="${width * scale}" height="${height * scale}" fill="none" stroke="#bbbbbb"/>`,
      ...(captions[k] as readonly string[]).map(
        (c, i) =>
          `<text x="${middle}" y="${height * scale + LINE * (i + 1)}" text-anchor="middle" font-size="12" fill="${i === 0 ? '#000000' : '#555555'}">${escape(c)}</text>`,
      ),
      '</g>',
    ].join('')
  }
  return {
    svg: async () => {
      const title = options.title ?? ''
      const cells = await Promise.all(Array.from({ length: n }, (_, k) => draw(k)))
      const heading = `<text x="${MARGIN}" y="${MARGIN + 12}" font-size="16" font-weight="bold">${escape(title)}</text>`
      return svgOf(
        Math.max(2 * MARGIN + columns * cell.width - 14, title === '' ? 0 : 2 * MARGIN + 8.6 * title.length),
        2 * MARGIN + head + Math.ceil(n / Math.max(columns, 1)) * cell.height - 14,
        [title === '' ? '' : heading, ...cells].join('\n'),
      )
    },
  }
}
